import { afterEach, beforeEach, expect, test } from "bun:test";
import { systemClock } from "../../../src/lib/clock.ts";
import { FakeClock } from "../../fixtures/fake-clock.ts";
import { OldServer } from "../../fixtures/mcp-http/old-server.ts";
import { HttpServer } from "../../fixtures/mcp-http/server.ts";
import { eventually, limits } from "../servers.ts";
import { connectRemote } from "./servers.ts";

const unhandled: unknown[] = [];
const notice = (reason: unknown) => unhandled.push(reason);

beforeEach(() => {
  unhandled.length = 0;
  process.on("unhandledRejection", notice);
});

afterEach(() => {
  process.off("unhandledRejection", notice);
  expect(unhandled).toEqual([]);
});

test("the server is told of the end, with the session", async () => {
  const clock = new FakeClock();
  await using server = new HttpServer();
  const remote = connectRemote(server.url, { clock });
  await remote.connection.ready;
  await remote[Symbol.asyncDispose]();
  expect(await remote.link.lost).toMatchObject({ reason: "stopped" });
  expect(await remote.running.exited).toEqual({ kind: "shutdown" });
  // The process may end now.
  expect(server.count("DELETE")).toBe(1);
  expect(server.asked.at(-1)).toMatchObject({ http: "DELETE", session: "session-1" });
  expect(server.asked.at(-1)?.headers.get("mcp-protocol-version")).toBe("2025-11-25");
  await eventually("no timer is left", () => clock.pending === 0);
});

test("a stream that was to be opened again is not", async () => {
  const clock = new FakeClock();
  await using server = new HttpServer();
  const remote = connectRemote(server.url, { clock });
  await remote.connection.ready;
  await eventually("the stream", () => server.news.size === 1);
  const before = clock.pending;
  server.endNews();
  await eventually("the timer", () => clock.pending > before);
  await remote[Symbol.asyncDispose]();
  await eventually("no timer is left", () => clock.pending === 0);
});

test("a server that does not answer to that is waited for less than a second", async () => {
  await using server = new HttpServer({
    answer: ({ http }) => (http === "DELETE" ? new Promise(() => {}) : undefined),
  });
  const clock = new FakeClock();
  const remote = connectRemote(server.url, { clock });
  await remote.connection.ready;
  remote.running.stop("shutdown");
  let exited = false;
  void remote.running.exited.then(() => {
    exited = true;
  });
  await eventually("the farewell", () => server.count("DELETE") === 1);
  expect(exited).toBe(false);
  const farewell = server.asked.find(({ http }) => http === "DELETE");
  expect(farewell?.signal.aborted).toBe(false);
  await clock.advance(999);
  expect(await remote.running.exited).toEqual({ kind: "shutdown" });
  await eventually("its end", () => farewell?.signal.aborted === true);
  expect(clock.pending).toBe(0);
});

test("nothing is asked afterwards, and what was asked is taken back", async () => {
  await using server = new HttpServer({
    answer: ({ method }) => (method === "tools/call" ? new Promise(() => {}) : undefined),
  });
  const remote = connectRemote(server.url);
  await remote.connection.ready;
  await eventually("the stream", () => server.news.size === 1);
  const call = remote.connection.call("echo", {}, limits());
  call.catch(() => {});
  await eventually("the call", () => server.count("tools/call") === 1);
  await remote[Symbol.asyncDispose]();
  await expect(call).rejects.toMatchObject({ reason: "stopped" });
  await eventually("the end of all", () =>
    server.asked
      .filter(({ http, method }) => http === "GET" || method === "tools/call")
      .every(({ signal }) => signal.aborted),
  );
  const before = server.asked.length;
  await expect(remote.link.transport.send({ jsonrpc: "2.0", method: "x" })).rejects.toMatchObject({
    reason: "stopped",
  });
  await expect(remote.connection.call("echo", {}, limits())).rejects.toMatchObject({ reason: "stopped" });
  expect(server.asked.slice(before).every(({ http }) => http === "DELETE")).toBe(true);
});

test("a session that was lost is not ended again", async () => {
  const server = new HttpServer();
  await using remote = connectRemote(server.url);
  await remote.connection.ready;
  await server[Symbol.asyncDispose]();
  await expect(remote.connection.call("echo", {}, limits())).rejects.toMatchObject({
    name: "ConnectionLost",
  });
  await remote.link.close();
  expect((await remote.link.lost).reason).not.toBe("stopped");
});

/** Every place in which an end may come. */
const MOMENTS = [
  "server/discover",
  "initialize",
  "notifications/initialized",
  "GET",
  "tools/list",
  "tools/call",
  "ping",
];

test.each(MOMENTS)("an end over %s leaves nothing behind, whoever ends it", async (moment) => {
  for (const ends of ["client", "server"] as const) {
    const reached = Promise.withResolvers<void>();
    const server = new HttpServer({
      answer: ({ http, method }) => {
        if (http !== moment && method !== moment) return undefined;
        reached.resolve();
        return new Promise(() => {});
      },
    });
    const clock = { ...systemClock };
    const remote = connectRemote(server.url, { asks: true, clock });
    const { connection, running } = remote;
    connection.ready.catch(() => {});
    const working = connection
      .call("echo", {}, limits())
      .then(() => connection.ask((client) => client.ping(), limits()))
      .catch(() => {});
    await reached.promise;
    if (ends === "server") await server[Symbol.asyncDispose]();
    else running.stop("shutdown");
    // A stream for news that breaks is opened again first.
    if (ends === "server" && moment === "GET") running.stop("shutdown");
    await running.exited;
    await working;
    await server[Symbol.asyncDispose]();
  }
});

test("an end while the older stream is opened, and after", async () => {
  await using server = new OldServer();
  for (const wait of [async () => {}, () => eventually("the stream", () => server.open.size > 0)]) {
    const remote = connectRemote(server.url, { config: { transport: "sse" } });
    remote.connection.ready.catch(() => {});
    await wait();
    await remote[Symbol.asyncDispose]();
    await eventually("its end", () => server.open.size === 0);
  }
});
