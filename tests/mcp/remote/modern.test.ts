/** The modern era has neither sessions nor a stream for news of its own: each request has a stream. */
import { expect, test } from "bun:test";
import { type Asked, event, eventStream, HttpServer, result } from "../../fixtures/mcp-http/server.ts";
import { eventually, limits } from "../servers.ts";
import { connectRemote } from "./servers.ts";

const HOLDS = { resultType: "complete", ttlMs: 0, cacheScope: "private" };
const ID = "io.modelcontextprotocol/subscriptionId";

/** A server of the modern era; `call` answers its tool. */
function modernServer(call: (asked: Asked) => Response) {
  const listening: ReadableStreamDefaultController<Uint8Array>[] = [];
  const listen = ({ message }: Asked) => {
    const params = { _meta: { [ID]: message.id }, notifications: { toolsListChanged: true } };
    const ack = { jsonrpc: "2.0", method: "notifications/subscriptions/acknowledged", params };
    return eventStream(
      new ReadableStream({
        start(controller) {
          controller.enqueue(event(ack));
          listening.push(controller);
        },
      }),
    );
  };
  const server = new HttpServer({
    answer: (asked) => {
      const { id } = asked.message;
      if (asked.method === "server/discover") {
        const capabilities = { tools: { listChanged: true } };
        return result(id, { ...HOLDS, supportedVersions: ["2026-07-28"], capabilities });
      }
      if (asked.method === "tools/list") {
        return result(id, { ...HOLDS, tools: [{ name: "echo", inputSchema: { type: "object" } }] });
      }
      if (asked.method === "subscriptions/listen") return listen(asked);
      return asked.method === "tools/call" ? call(asked) : new Response("", { status: 405 });
    },
  });
  return Object.assign(server, { listening });
}

const done = ({ message }: Asked) =>
  result(message.id, { resultType: "complete", content: [{ type: "text", text: "done" }] });

test("a stream for news that ends is opened again, and costs nothing else", async () => {
  await using server = modernServer(done);
  await using remote = connectRemote(server.url, { asks: true });
  await remote.connection.ready;
  expect(remote.connection.greeting?.protocol).toBe("2026-07-28");
  expect(remote.link.transport.sessionId).toBeUndefined();
  await eventually("the stream", () => server.listening.length === 1);
  server.listening[0]?.close();
  expect(await remote.connection.call("echo", {}, limits())).toMatchObject({ content: "done" });
  await eventually("the stream again", () => server.listening.length === 2);
  expect(await remote.connection.call("echo", {}, limits())).toMatchObject({ content: "done" });
  expect(server.count("GET")).toBe(0);
});

test("a call that is taken back ends its stream, and nothing else", async () => {
  let calls = 0;
  await using server = modernServer((asked) => {
    calls += 1;
    return calls > 1 ? done(asked) : eventStream(new ReadableStream({ start: (c) => c.enqueue(event({})) }));
  });
  await using remote = connectRemote(server.url, { asks: true });
  await remote.connection.ready;
  const stop = new AbortController();
  const call = remote.connection.call("echo", {}, limits({ signal: stop.signal }));
  call.catch(() => {});
  await eventually("the call", () => calls === 1);
  stop.abort(new Error("enough"));
  await expect(call).rejects.toThrow("enough");
  const first = server.asked.find(({ method }) => method === "tools/call");
  await eventually("its end at the server", () => first?.signal.aborted === true);
  expect(server.count("notifications/cancelled")).toBe(0);
  expect(await remote.connection.call("echo", {}, limits())).toMatchObject({ content: "done" });
});

test("an answer that ends before it is there ends the connection", async () => {
  await using server = modernServer(() => eventStream(": nothing\n\n"));
  await using remote = connectRemote(server.url, { asks: true });
  await remote.connection.ready;
  await expect(remote.connection.call("echo", {}, limits())).rejects.toMatchObject({ reason: "broken_off" });
});
