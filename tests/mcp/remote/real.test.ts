import { expect, test } from "bun:test";
import { startMcp } from "../harness.ts";
import { eventually, limits } from "../servers.ts";
import { connectRemote, remoteConfig, startEverything } from "./servers.ts";

const MODES = [
  ["streamableHttp", "http"],
  ["sse", "sse"],
] as const;

test.each(MODES)("a real server over %s", async (mode, transport) => {
  await using server = await startEverything(mode);
  await using remote = connectRemote(server.url, { config: { transport }, asks: transport === "http" });
  await remote.connection.ready;
  expect(remote.connection.greeting?.protocol).toBe("2025-11-25");
  expect(remote.lists[0]).toContain("echo");
  const { connection } = remote;
  expect(await connection.call("echo", { message: "hi" }, limits())).toMatchObject({ content: "Echo: hi" });
  const progress: number[] = [];
  const long = { ...limits(), onProgress: (each: { progress: number }) => progress.push(each.progress) };
  await connection.call("trigger-long-running-operation", { duration: 0.4, steps: 2 }, long);
  expect(progress.length).toBeGreaterThan(0);
});

test.each(MODES)(
  "a server over %s that is killed is ready again once it is back, with its tools",
  async (mode, transport) => {
    const first = await startEverything(mode);
    const config = remoteConfig("far", first.url, { transport });
    await using mcp = await startMcp([config], { intensity: { maxRestarts: 100, maxSeconds: 60 } });
    await mcp.ready("far");
    expect(mcp.names()).toContain("far__echo");
    await first[Symbol.asyncDispose]();
    await eventually("it is known to be away", () => mcp.status("far").state === "restarting");
    expect(mcp.status("far").error).toMatch(/cannot be reached|closed the stream/);
    await using _second = await startEverything(mode, first.port);
    await eventually("it is back", () => mcp.status("far").state === "ready");
    expect(mcp.names()).toContain("far__echo");
    expect(await mcp.call("far__echo", { message: "again" })).toMatchObject({ content: "Echo: again" });
  },
  60_000,
);
