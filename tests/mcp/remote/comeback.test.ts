/** Remote servers that are away for a while, and come back on the same port. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { HttpServer } from "../../fixtures/mcp-http/server.ts";
import { startMcp } from "../harness.ts";
import { eventually } from "../servers.ts";
import { freePort, remoteConfig, startEverything } from "./servers.ts";

setDefaultTimeout(60_000);

/** The budget is spent at once. */
const intensity = { maxRestarts: 2, maxSeconds: 60 };
const soon = { firstMs: 20, mostMs: 100, recentMs: 0 };
const late = { firstMs: 600_000, mostMs: 600_000, recentMs: 0 };

test.each(["streamableHttp", "sse"] as const)(
  "a real server over %s that was away is back by itself",
  async (mode) => {
    let server = await startEverything(mode);
    const config = remoteConfig("far", server.url, { transport: mode === "sse" ? "sse" : "http" });
    await using mcp = await startMcp([config], { intensity, comeback: soon });
    await mcp.ready("far");
    await server[Symbol.asyncDispose]();
    await eventually("the failure", () => mcp.notices.some((notice) => notice.includes("server far failed")));
    expect(mcp.names()).toEqual([]);
    server = await startEverything(mode, server.port);
    await using _server = server;
    await eventually("the return", () => mcp.status("far").state === "ready");
    expect(await mcp.call("far__echo", { message: "again" })).toMatchObject({ isError: false });
    expect(mcp.notices).toEqual([
      expect.stringMatching(/^error: server far failed: .+; it is tried again$/),
      "warn: server far is back",
    ]);
  },
);

test("it is told once, and less and less often tried", async () => {
  const port = freePort();
  await using mcp = await startMcp([remoteConfig("far", `http://127.0.0.1:${port}/mcp`)], {
    intensity,
    comeback: soon,
  });
  const failures = () =>
    mcp.events.filter(({ type }) => type === "intensity_exceeded" || type === "permanent_failure").length;
  await eventually("three tries", () => failures() >= 3);
  expect(mcp.notices).toEqual([
    `error: server far failed: cannot be reached: connection refused (http://127.0.0.1:${port}); it is tried again`,
  ]);
});

test.each([500, 503, 429])("one that answers with %i is tried again", async (status) => {
  let broken = true;
  await using server = new HttpServer({
    answer: () => (broken ? new Response("", { status }) : undefined),
  });
  await using mcp = await startMcp([remoteConfig("far", server.url)], { intensity, comeback: soon });
  await eventually("the failure", () => mcp.notices.length > 0);
  broken = false;
  await eventually("the return", () => mcp.status("far").state === "ready");
  expect(mcp.notices).toEqual([
    expect.stringMatching(/^error: .+; it is tried again$/),
    "warn: server far is back",
  ]);
});

test.each([401, 403, 404])("one that answers with %i is not", async (status) => {
  await using server = new HttpServer({ answer: () => new Response("", { status }) });
  await using mcp = await startMcp([remoteConfig("far", server.url)], { intensity, comeback: late });
  await eventually("the failure", () => mcp.notices.length > 0);
  expect(mcp.notices).toEqual([expect.not.stringContaining("tried again")]);
  const asked = server.asked.length;
  await expect(mcp.ready("far")).rejects.toThrow("server far failed");
  expect(server.asked).toHaveLength(asked);
});

test("whoever wants it has it tried at once", async () => {
  const port = freePort();
  await using mcp = await startMcp([remoteConfig("far", `http://127.0.0.1:${port}/mcp`)], {
    intensity,
    comeback: late,
  });
  await eventually("the failure", () => mcp.status("far").state === "failed");
  await using _server = new HttpServer({ port });
  await mcp.ready("far");
  expect(mcp.notices.at(-1)).toBe("warn: server far is back");
});

test("the start of a turn has it tried at once", async () => {
  const port = freePort();
  await using mcp = await startMcp([remoteConfig("far", `http://127.0.0.1:${port}/mcp`)], {
    intensity,
    comeback: late,
  });
  await eventually("the failure", () => mcp.status("far").state === "failed");
  await using _server = new HttpServer({ port });
  await mcp.settle(0);
  await eventually("the return", () => mcp.status("far").state === "ready");
});

test("one that was tried a moment ago is not tried for those who want it", async () => {
  const port = freePort();
  const comeback = { ...late, recentMs: 600_000 };
  const config = remoteConfig("far", `http://127.0.0.1:${port}/mcp`);
  await using mcp = await startMcp([config], { intensity, comeback });
  await eventually("the failure", () => mcp.status("far").state === "failed");
  await using server = new HttpServer({ port });
  await expect(mcp.ready("far")).rejects.toThrow("connection refused");
  expect(server.asked).toHaveLength(0);
  // Whoever starts it on purpose knows better.
  await mcp.host.restart("far");
  await mcp.ready("far");
  expect(mcp.notices).toHaveLength(1);
});

test("a call that is refused for want of a login has not been made, and says what to do", async () => {
  await using server = new HttpServer({
    answer: ({ method }) => (method === "tools/call" ? new Response("", { status: 401 }) : undefined),
  });
  await using mcp = await startMcp([remoteConfig("far", server.url)], { intensity });
  await mcp.ready("far");
  const words =
    "server far failed: it asks for a login; run: mcpchat servers login far, or check the headers of its configuration";
  expect(await mcp.call("far__echo")).toEqual({ content: words, isError: true });
  expect(mcp.notices).toEqual([`error: ${words}`]);
});
