/** Our client, made with the SDK's successor packages, against a server made with the first line of the SDK. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { startMcp } from "./harness.ts";
import { eventually, serverConfig } from "./servers.ts";

setDefaultTimeout(60_000);

const program = fileURLToPath(new URL("../fixtures/mcp-servers/first-line.mjs", import.meta.url));

async function start() {
  const mcp = await startMcp([serverConfig("old", [program])]);
  await mcp.ready("old");
  return mcp;
}

describe("a server of the SDK's first line", () => {
  test("lists its tools with their hints and schemas", async () => {
    await using mcp = await start();
    const greet = mcp.host.tools().find(({ name }) => name === "greet");
    expect(greet).toMatchObject({ description: "Greets", annotations: { readOnlyHint: true } });
    expect(greet?.inputSchema).toMatchObject({ type: "object", required: ["name"] });
  });

  test("answers, with structured content too, and its errors are errors of the tool", async () => {
    await using mcp = await start();
    expect(await mcp.call("old__greet", { name: "Ada" })).toEqual({ content: "Hello, Ada", isError: false });
    expect(await mcp.call("old__measure")).toMatchObject({ structured: { celsius: 21 }, isError: false });
    expect(await mcp.call("old__fail")).toMatchObject({
      isError: true,
      content: expect.stringContaining("on purpose"),
    });
    expect(await mcp.call("old__greet", { name: 7 })).toMatchObject({ isError: true });
  });

  test("tells of a new tool, which joins the list and can be called", async () => {
    await using mcp = await start();
    await mcp.call("old__learn");
    await eventually("the new tool", () => mcp.names().includes("old__learned"));
    expect(await mcp.call("old__learned")).toMatchObject({ content: "I was added" });
  });

  test("reports progress that arrives together with the result", async () => {
    await using mcp = await start();
    const count = mcp.host.tools().find(({ name }) => name === "count");
    if (!count) throw new Error("no tool that counts");
    const seen: unknown[] = [];
    const signal = new AbortController().signal;
    const options = { signal, timeoutMs: 30_000, onProgress: (progress: unknown) => seen.push(progress) };
    expect(await mcp.host.call(count, {}, options)).toMatchObject({ content: "counted" });
    expect(seen).toEqual([1, 2, 3].map((step) => ({ progress: step, total: 3, message: `step ${step}` })));
  });
});
