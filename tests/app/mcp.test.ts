/** The MCP branch of the tree: whatever part of it is killed, its tools are there again and calls go through. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { openServers } from "../../src/app/servers.ts";
import type { McpHost } from "../../src/mcp/client/port.ts";
import { calls, says } from "../fixtures/model-server/script.ts";
import { killChild, type Rig, rawServers, startRig, supervisorAt, until } from "./rig.ts";

setDefaultTimeout(60_000);

const GOOD = rawServers({ good: { mode: "good" } });
const NAMES = ["good__echo", "good__add", "good__lookup", "good__write"];

/** The branch with the configured servers, ready. */
async function ready(rig: Rig): Promise<McpHost> {
  const host = await openServers(rig.app, { only: [] });
  if (!host) throw new Error("no server is configured");
  await host.ready("good", 30_000, rig.app.signal);
  return host;
}

async function echo(host: McpHost, rig: Rig): Promise<string> {
  const tool = host.tools().find(({ qualifiedName }) => qualifiedName === "good__echo");
  if (!tool) throw new Error("there is no echo");
  const options = { signal: rig.app.signal, timeoutMs: 30_000 };
  return (await host.call(tool, { message: "hello" }, options)).content;
}

const names = (host: McpHost) => host.tools().map(({ qualifiedName }) => qualifiedName);
const pidOf = (host: McpHost) => host.statuses()[0]?.pid ?? 0;

describe("a killed part of the branch comes back", () => {
  const parts: [what: string, path: string[], id: string][] = [
    ["the branch itself", [], "mcp"],
    ["the manager", ["mcp"], "manager"],
    ["the supervisor of all servers", ["mcp"], "servers"],
    ["the supervisor of one server", ["mcp", "servers"], "good"],
    ["a server's process", ["mcp", "servers", "good"], "process"],
    ["a server's connection", ["mcp", "servers", "good"], "connection"],
  ];
  for (const [what, path, id] of parts) {
    test(what, async () => {
      await using rig = await startRig({ toml: GOOD });
      const host = await ready(rig);
      const pid = pidOf(host);
      await killChild(supervisorAt(rig.app.root, ...path), id);
      expect(await echo(host, rig)).toBe("hello");
      expect(names(host)).toEqual(NAMES);
      expect(host.statuses()).toMatchObject([{ name: "good", state: "ready", tools: 4, cached: false }]);
      await until("the earlier process is gone", () => !rig.groups.live().includes(pid));
      expect(rig.groups.live()).toEqual([pidOf(host)]);
    });
  }

  test("a server's process ended by kill -9", async () => {
    await using rig = await startRig({ toml: GOOD });
    const host = await ready(rig);
    const pid = pidOf(host);
    process.kill(pid, "SIGKILL");
    await until("it is started again", () => pidOf(host) !== pid && host.statuses()[0]?.state === "ready");
    expect(await echo(host, rig)).toBe("hello");
    expect(names(host)).toEqual(NAMES);
    expect(rig.notices).toContainEqual(
      expect.stringMatching(/server good crashed \(.+\), restarted in \d+ ms/),
    );
  });

  test("killed and called in the same moment: the call waits for the new server", async () => {
    await using rig = await startRig({ toml: GOOD });
    const host = await ready(rig);
    supervisorAt(rig.app.root, "mcp").killChild("manager");
    expect(await echo(host, rig)).toBe("hello");
  });
});

describe("what is wanted survives", () => {
  test("a server that was added to the configuration is there after the manager's end too", async () => {
    await using rig = await startRig({ toml: GOOD, watch: true });
    const host = await ready(rig);
    rig.configure(rig.base + rawServers({ good: { mode: "good" }, second: { mode: "good" } }));
    await until("the second is there", () => host.statuses().length === 2);
    await killChild(supervisorAt(rig.app.root, "mcp"), "manager");
    await host.ready("second", 30_000, rig.app.signal);
    expect(names(host)).toContain("second__echo");
  });

  test("a configuration service that is killed still brings servers, once each", async () => {
    await using rig = await startRig({ toml: GOOD, watch: true });
    const host = await ready(rig);
    await rig.kill("config");
    rig.configure(rig.base + rawServers({ second: { mode: "good" } }));
    await until(
      "only the second is left",
      () =>
        host
          .statuses()
          .map(({ name }) => name)
          .join() === "second",
    );
    await host.ready("second", 30_000, rig.app.signal);
    expect(rig.groups.live()).toHaveLength(1);
  });

  test("the store that is killed does not touch the servers, and the list is cached for the next run", async () => {
    await using rig = await startRig({ toml: GOOD });
    const host = await ready(rig);
    const pid = pidOf(host);
    await rig.kill("store");
    expect(await echo(host, rig)).toBe("hello");
    expect(pidOf(host)).toBe(pid);
    await using next = await startRig({ toml: GOOD, home: rig.home });
    const later = await openServers(next.app, { only: [] });
    expect(later?.statuses()).toMatchObject([{ name: "good", tools: 4 }]);
  });
});

test("a turn whose server is killed between the request and the call still gets its result", async () => {
  await using rig = await startRig({
    toml: GOOD,
    script: ({ toolResults, tools }) =>
      toolResults.length > 0
        ? says(`The tool said: ${toolResults.join()}`)
        : calls({ name: tools[0] ?? "", arguments: { message: "hi" } }),
  });
  const tools = { allow: [], deny: [], yes: true, none: false, servers: [], only: [], require: ["good"] };
  const { result, servers } = await rig.ask("go", {
    tools,
    async sink(event) {
      if (event.type !== "tool_call") return;
      process.kill(rig.groups.live()[0] ?? 0, "SIGKILL");
      await until("the end is noticed", () => rig.groups.live().length === 0);
    },
  });
  expect(result?.text).toBe("The tool said: hi");
  expect(result?.tools).toMatchObject([{ server: "good", name: "echo", ok: true }]);
  expect(servers).toMatchObject([{ name: "good", state: "ready" }]);
});
