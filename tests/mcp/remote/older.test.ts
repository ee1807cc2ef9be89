import { expect, test } from "bun:test";
import { OldServer } from "../../fixtures/mcp-http/old-server.ts";
import { HttpServer } from "../../fixtures/mcp-http/server.ts";
import { eventually, limits } from "../servers.ts";
import { connectRemote, freePort } from "./servers.ts";

const config = { transport: "sse" } as const;
const call = (remote: ReturnType<typeof connectRemote>) => remote.connection.call("echo", {}, limits());

test("calls, hears news, and answers what the server asks", async () => {
  await using server = new OldServer();
  await using remote = connectRemote(server.url, { config });
  await remote.connection.ready;
  expect(await call(remote)).toMatchObject({ content: "done" });
  server.tell({ jsonrpc: "2.0", method: "notifications/tools/list_changed" });
  await eventually("the list", () => remote.lists.length === 2);
  server.tell({ jsonrpc: "2.0", id: "q", method: "ping" });
  await eventually("the answer", () => server.asked.some(({ id }) => id === "q"));
});

test("the end of the stream is the end of the session, which is not begun behind our back", async () => {
  await using server = new OldServer({ retry: 1 });
  await using remote = connectRemote(server.url, { config });
  await remote.connection.ready;
  server.end();
  const loss = { reason: "broken_off", message: "it closed the stream of events" };
  expect(await remote.link.lost).toMatchObject(loss);
  await expect(call(remote)).rejects.toMatchObject(loss);
  expect(await remote.running.exited).toMatchObject({ kind: "crash", error: { permanent: false } });
  await using next = connectRemote(server.url, { config });
  await next.connection.ready;
  expect(server.streams).toBe(2);
});

test("a session that the server does not know any more is lost, and the call undelivered", async () => {
  await using server = new OldServer({
    answer: ({ method }) =>
      method === "tools/call" ? new Response("no such session", { status: 404 }) : undefined,
  });
  await using remote = connectRemote(server.url, { config });
  await remote.connection.ready;
  await expect(call(remote)).rejects.toMatchObject({
    reason: "refused",
    message: "it refuses the request (HTTP 404): no such session",
    cause: { undelivered: true },
  });
});

test("what goes wrong with one call concerns that call alone", async () => {
  await using server = new OldServer({
    answer: ({ method }) => (method === "tools/call" ? new Response("busy", { status: 503 }) : undefined),
  });
  await using remote = connectRemote(server.url, { config });
  await remote.connection.ready;
  expect(await call(remote)).toMatchObject({ isError: true, content: "it failed (HTTP 503): busy" });
  await remote.connection.ask((client) => client.ping(), limits());
});

test("what is no message is counted and told once", async () => {
  await using server = new OldServer();
  await using remote = connectRemote(server.url, { config });
  await remote.connection.ready;
  server.tell([1]);
  server.tell([2]);
  await eventually("the noise", () => remote.noise.length > 0);
  expect(await call(remote)).toMatchObject({ content: "done" });
  expect(remote.noise).toHaveLength(1);
});

test.each<[string, () => Response, RegExp]>([
  [
    "404",
    () => new Response("", { status: 404 }),
    /^nothing is at http:.* \(HTTP 404\); check its url, or leave out transport = "sse"/,
  ],
  ["405", () => new Response("", { status: 405 }), /^no MCP endpoint is at http:.* \(HTTP 405\)/],
  [
    "a web page",
    () => new Response("<html>", { headers: { "content-type": "text/html" } }),
    /^it answers with text\/html; is http/,
  ],
  [
    "a redirection",
    () => Response.redirect("https://elsewhere.invalid/", 302),
    /^it redirects to https:\/\/elsewhere.invalid\/ \(HTTP 302\)/,
  ],
  [
    "an end",
    () => new Response(": so far\n\n", { headers: { "content-type": "text/event-stream" } }),
    /^it closed the stream of events$/,
  ],
  [
    "an address elsewhere",
    () =>
      new Response("event: endpoint\ndata: https://elsewhere.invalid/\n\n", {
        headers: { "content-type": "text/event-stream" },
      }),
    /elsewhere\.invalid|closed the stream/,
  ],
])("%s instead of a stream is told", async (_, answer, words) => {
  await using server = new HttpServer({ answer });
  await using remote = connectRemote(server.url, { config });
  await expect(remote.connection.ready).rejects.toThrow(words);
  expect(await remote.running.exited).toMatchObject({ kind: "crash" });
});

test("nobody there is told", async () => {
  await using remote = connectRemote(`http://127.0.0.1:${freePort()}/sse`, { config });
  await expect(remote.connection.ready).rejects.toThrow(/^cannot be reached: connection refused \(http:/);
});

test("a server that says nothing ends with the deadline", async () => {
  await using server = new HttpServer({
    answer: () =>
      new Response(new ReadableStream({ start: (c) => c.enqueue(new TextEncoder().encode(": wait\n\n")) }), {
        headers: { "content-type": "text/event-stream" },
      }),
  });
  await using remote = connectRemote(server.url, { config: { ...config, connectTimeoutMs: 200 } });
  await expect(remote.connection.ready).rejects.toThrow("no answer within 0.2 s");
  await eventually("the end of the stream", () => server.asked.every(({ signal }) => signal.aborted));
});
