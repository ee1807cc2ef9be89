import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Tool } from "@modelcontextprotocol/client";
import { BoundedList } from "../../../src/mcp/client/tools/list-bounds.ts";
import { temporaryFolder } from "../../fixtures/temporary-folder.ts";
import { startMcp } from "../harness.ts";
import { eventually, serverConfig } from "../servers.ts";

setDefaultTimeout(60_000);

const SHIFTING = fileURLToPath(new URL("../../fixtures/mcp-servers/shifting.mjs", import.meta.url));

const tool = (name: string, more: Partial<Tool> = {}): Tool => ({
  name,
  inputSchema: { type: "object" },
  ...more,
});
const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) });

function setUp(changes: object = {}) {
  const told: string[] = [];
  const bounds = { tools: 5, pages: 3, bytes: 1000, depth: 8, ...changes };
  const list = new BoundedList(bounds, (text) => told.push(text));
  const take = (names: string[], nextCursor?: string) => {
    const page = list.take({ tools: names.map((name) => tool(name)), ...(nextCursor && { nextCursor }) });
    return { names: page.tools.map(({ name }) => name), ...(page.nextCursor && { next: page.nextCursor }) };
  };
  return { list, take, told };
}

describe("a list of tools", () => {
  test("within the bounds is as it came", () => {
    const { take, told } = setUp();
    expect(take(["a", "b"], "1")).toEqual({ names: ["a", "b"], next: "1" });
    expect(take(["c"], "2")).toEqual({ names: ["c"], next: "2" });
    expect(take(["d", "e"])).toEqual({ names: ["d", "e"] });
    expect(told).toEqual([]);
  });

  test("ends where there are too many tools", () => {
    const { take, told } = setUp();
    expect(take(["a", "b", "c"], "1")).toEqual({ names: ["a", "b", "c"], next: "1" });
    expect(take(["d", "e", "f"], "2")).toEqual({ names: ["d", "e"] });
    expect(told).toEqual(["lists more than 5 tools; the rest is left out"]);
  });

  test("ends after so many pages", () => {
    const { take, told } = setUp();
    take(["a"], "1");
    take([], "2");
    expect(take(["b"], "3")).toEqual({ names: ["b"] });
    expect(told).toEqual(["lists its tools on more than 3 pages; the rest is left out"]);
  });

  test("loses the tools that are too large, nested too deep or have broken names, and only those", () => {
    const { list, told } = setUp();
    const tools = [
      tool("one"),
      tool("large", { description: "x".repeat(2000) }),
      tool("deep", { inputSchema: { type: "object", properties: nested(20) as never } }),
      tool("broken\ud800"),
      tool("two"),
    ];
    expect(list.take({ tools }).tools.map(({ name }) => name)).toEqual(["one", "two"]);
    expect(told).toHaveLength(3);
  });
});

test("a server with a list that is too much works, with what fits, and is told of once in a run", async () => {
  const file = join(temporaryFolder(), "tools.json");
  const many = Array.from({ length: 1100 }, (_, index) => tool(`tool${index}`));
  const deep = `{"name":"deep","inputSchema":{"type":"object","x":${'{"a":'.repeat(150_000)}1${"}".repeat(150_000)}}}`;
  writeFileSync(file, `[${deep},${many.map((one) => JSON.stringify(one)).join(",")}]`);
  await using mcp = await startMcp([serverConfig("many", [SHIFTING], { env: { TOOLS_FILE: file } })]);
  await mcp.ready("many");
  expect(mcp.status("many").tools).toBe(999);
  await mcp.host.restart("many");
  await mcp.ready("many");
  expect(mcp.notices.toSorted()).toEqual([
    "warn: server many has tools with schemas nested more than 64 deep; they are left out",
    "warn: server many lists more than 1000 tools; the rest is left out",
  ]);
});

test("a server that says all the time that its list has changed is asked once a second", async () => {
  const folder = temporaryFolder();
  const [file, log] = [join(folder, "tools.json"), join(folder, "lists")];
  writeFileSync(file, JSON.stringify([tool("relist")]));
  const env = { TOOLS_FILE: file, LIST_LOG: log };
  await using mcp = await startMcp([serverConfig("s", [SHIFTING], { env })]);
  await mcp.ready("s");
  const lists = () => readFileSync(log, "utf8").trim().split("\n").map(Number);
  await eventually("it is asked again", async () => {
    await mcp.call("s__relist", { times: 500 });
    return lists().length >= 4;
  });
  const [, second = 0, third = 0, fourth = 0] = lists();
  // The server's clock is another than ours.
  expect(third - second).toBeGreaterThan(900);
  expect(fourth - third).toBeGreaterThan(900);
});
