/** What is known to go wrong in hosts of MCP, where no other file is about it. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";
import { startMcp } from "./harness.ts";
import { connect, eventually, limits, rawServer, serverConfig } from "./servers.ts";

setDefaultTimeout(60_000);

/** A server that ends itself by SIGKILL in its first call, ever. */
function fragile() {
  return serverConfig("fragile", rawServer("crashing"), {
    env: { CRASH_FILE: join(temporaryFolder(), "crashed") },
  });
}

describe("a server that dies in a call", () => {
  test("is not shown as connected, and its tools come back with it", async () => {
    await using mcp = await startMcp([fragile()]);
    await mcp.ready("fragile");
    const { pid } = mcp.status("fragile");
    const call = mcp.call("fragile__write");
    await eventually("it is not ready", () => mcp.status("fragile").state !== "ready");
    expect(mcp.status("fragile")).toMatchObject({ state: "restarting", error: "killed by SIGKILL" });
    expect(mcp.status("fragile").pid).toBeUndefined();
    expect(await call).toMatchObject({ outcomeUnknown: true });
    await mcp.ready("fragile");
    expect(mcp.status("fragile").pid).not.toBe(pid);
    expect(mcp.names()).toContain("fragile__write");
  });

  test("for good: its tools leave the list, calls are refused at once, and a restart brings both back", async () => {
    await using mcp = await startMcp([fragile()], { intensity: { maxRestarts: 0, maxSeconds: 5 } });
    await mcp.ready("fragile");
    const [tool] = mcp.host.tools();
    if (!tool) throw new Error("there was no tool");
    expect(await mcp.call("fragile__write")).toMatchObject({ outcomeUnknown: true });
    await eventually("the failure", () => mcp.status("fragile").state === "failed");
    expect(mcp.status("fragile")).toMatchObject({ tools: 0, error: "killed by SIGKILL" });
    expect(mcp.names()).toEqual([]);
    const options = { signal: new AbortController().signal, timeoutMs: 30_000 };
    expect(await mcp.host.call(tool, {}, options)).toEqual({
      isError: true,
      content: "server fragile failed: killed by SIGKILL",
    });
    await mcp.host.restart("fragile");
    await mcp.ready("fragile");
    expect(await mcp.call("fragile__write", { key: "k" })).toEqual({ isError: false, content: "write k" });
  });
});

describe("a wrong path", () => {
  test("of a program's script is told in the words of the program", async () => {
    const intensity = { maxRestarts: 0, maxSeconds: 5 };
    const config = serverConfig("wrong", ["/no/such/folder/server.mjs"]);
    await using mcp = await startMcp([config], { intensity });
    await eventually("the failure", () => mcp.status("wrong").state === "failed");
    expect(mcp.status("wrong").error).toStartWith("exit 1: ");
    expect(mcp.status("wrong").error).toContain("Cannot find module '/no/such/folder/server.mjs'");
  });

  test("of a working folder is told as such, and not as a command that is not there", async () => {
    const config = serverConfig("wrong", rawServer("good"), { cwd: "/no/such/folder" });
    await using mcp = await startMcp([config]);
    await eventually("the failure", () => mcp.status("wrong").state === "failed");
    expect(mcp.status("wrong").error).toBe("no such folder: /no/such/folder");
  });
});

describe("what comes when nobody expects it", () => {
  test("progress and a result after the result, and a result that nobody asked for, harm nothing", async () => {
    await using server = connect(rawServer("belated"));
    const seen: number[] = [];
    const patient = { ...limits({ idleMs: 300 }), onProgress: () => seen.push(1) };
    for (const message of ["one", "two", "three"]) {
      const outcome = await server.connection.call("echo", { message }, patient);
      expect(outcome).toEqual({ content: message, isError: false });
    }
    expect(seen).toEqual([]);
    expect(server.complaints).toEqual([]);
  });

  test("a change of the tools right behind their first list is not lost", async () => {
    await using server = connect(rawServer("hasty"));
    await server.connection.ready;
    await eventually("the late tool", () => server.lists.at(-1)?.includes("late") ?? false);
  });
});
