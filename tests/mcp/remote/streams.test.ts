import { expect, test } from "bun:test";
import { Reconnection } from "../../../src/mcp/client/remote/reconnection.ts";
import { FakeClock } from "../../fixtures/fake-clock.ts";
import {
  type Asked,
  event,
  eventStream,
  HttpServer,
  refusal,
  result,
} from "../../fixtures/mcp-http/server.ts";
import { eventually, limits } from "../servers.ts";
import { connectRemote } from "./servers.ts";

const changed = { jsonrpc: "2.0", method: "notifications/tools/list_changed" };

test("news come on the stream for them, also after it has ended", async () => {
  await using server = new HttpServer();
  await using remote = connectRemote(server.url);
  await remote.connection.ready;
  await eventually("the stream", () => server.news.size === 1);
  server.tell(changed);
  await eventually("the list", () => remote.lists.length === 2);
  server.endNews();
  await eventually("the stream again", () => server.news.size === 1);
  server.tell(changed);
  await eventually("the list again", () => remote.lists.length === 3);
});

test("a stream that is to be opened again at once is opened again after a second, then later", async () => {
  await using server = new HttpServer({
    answer: ({ http }) => (http === "GET" ? eventStream("retry: 0\n\n") : undefined),
  });
  await using remote = connectRemote(server.url);
  await remote.connection.ready;
  await eventually("four streams", () => server.count("GET") === 4);
  const at = server.asked.filter(({ http }) => http === "GET").map((asked) => asked.at);
  const waits = at.slice(1).map((each, index) => each - (at[index] ?? 0));
  expect(Math.min(...waits)).toBeGreaterThan(990);
  expect(waits.at(-1)).toBeGreaterThan(1490);
}, 20_000);

test("waits grow while nothing comes, and end with the connection", async () => {
  const clock = new FakeClock();
  const reconnection = new Reconnection(clock, () => {});
  const at: number[] = [];
  const open = () => {
    at.push(clock.now());
    reconnection.schedule(open, 0, 0);
  };
  reconnection.schedule(open, 0, 0);
  await clock.advance(120_000);
  expect(at.slice(0, 4)).toEqual([1000, 2500, 4750, 8125]);
  expect((at.at(-1) ?? 0) - (at.at(-2) ?? 0)).toBe(30_000);
  reconnection.succeeded();
  reconnection.schedule(open, 0, 0);
  expect(clock.pending).toBe(2);
  reconnection.close();
  expect(clock.pending).toBe(0);
  reconnection.schedule(open, 0, 0);
  expect(clock.pending).toBe(0);
});

test("a server says how long to wait, at least", async () => {
  const clock = new FakeClock();
  const reconnection = new Reconnection(clock, () => {});
  let opened = 0;
  reconnection.schedule(() => opened++, 60_000, 0);
  await clock.advance(59_999);
  expect(opened).toBe(0);
  await clock.advance(1);
  expect(opened).toBe(1);
});

test("a stream that does not come back is given up, and the session with it", async () => {
  const clock = new FakeClock();
  await using server = new HttpServer({
    answer: ({ http }, { asked }) =>
      http === "GET" && asked.filter((each) => each.http === "GET").length > 1
        ? refusal(503, -32000, "busy")
        : undefined,
  });
  await using remote = connectRemote(server.url, { clock });
  const advancing = setInterval(() => void clock.advance(500), 5);
  await remote.connection.ready;
  await eventually("the stream", () => server.news.size === 1);
  server.endNews();
  const lost = await remote.link.lost;
  clearInterval(advancing);
  expect(lost).toMatchObject({
    reason: "broken_off",
    message: "its stream of events broke off and did not come back",
  });
  expect(server.count("GET")).toBe(6);
});

test("a stream for news of a session that is forgotten begins it again", async () => {
  await using server = new HttpServer();
  await using remote = connectRemote(server.url);
  await remote.connection.ready;
  await eventually("the stream", () => server.news.size === 1);
  server.forget();
  server.endNews();
  await eventually("a stream of the next session", () => server.news.size === 1);
  expect(server.count("initialize")).toBe(2);
  await eventually("the list", () => remote.lists.length === 2);
  server.tell(changed);
  await eventually("the list again", () => remote.lists.length === 3);
}, 20_000);

test("a stream for news that fails at first is asked for again, with waits that grow, and not for ever", async () => {
  let failures = 3;
  await using server = new HttpServer({
    answer: ({ http }) => {
      if (http !== "GET" || failures === 0) return undefined;
      failures -= 1;
      return refusal(503, -32000, "busy");
    },
  });
  const clock = new FakeClock();
  const advancing = setInterval(() => void clock.advance(100), 5);
  await using remote = connectRemote(server.url, { clock });
  await remote.connection.ready;
  await eventually("the stream", () => server.news.size === 1);
  expect(server.count("GET")).toBe(4);
  server.tell(changed);
  await eventually("the list", () => remote.lists.length === 2);
  failures = Number.POSITIVE_INFINITY;
  await using without = connectRemote(server.url, { clock });
  await without.connection.ready;
  await eventually("the last question", () => server.count("GET") === 10);
  await clock.advance(120_000);
  clearInterval(advancing);
  expect(server.count("GET")).toBe(10);
  expect(await without.connection.call("echo", {}, limits())).toMatchObject({ content: "done" });
});

test("a server without a stream for news is none the worse for it", async () => {
  await using server = new HttpServer({
    answer: ({ http }) => (http === "GET" ? new Response("no", { status: 404 }) : undefined),
  });
  await using remote = connectRemote(server.url);
  await remote.connection.ready;
  await eventually("the question", () => server.count("GET") === 1);
  expect(await remote.connection.call("echo", {}, limits())).toMatchObject({ content: "done" });
  expect(server.count("initialize")).toBe(1);
});

/** Answers a call on a stream of events. */
const callsWith = (stream: (asked: Asked) => Response) => (asked: Asked) =>
  asked.method === "tools/call" ? stream(asked) : undefined;

test.each<[string, (asked: Asked) => Response]>([
  ["ends", () => eventStream(": nothing\n\n")],
  [
    "breaks off",
    () =>
      eventStream(
        new ReadableStream({
          start(controller) {
            controller.enqueue(event({ jsonrpc: "2.0", method: "notifications/message", params: {} }));
            setTimeout(() => controller.error(new Error("cut")), 20);
          },
        }),
      ),
  ],
])("an answer that %s before it is there ends the session, and all calls with it", async (_, stream) => {
  let calls = 0;
  await using server = new HttpServer({
    answer: callsWith((asked) => {
      calls += 1;
      return calls === 1
        ? eventStream(new ReadableStream({ start: (c) => c.enqueue(event(changed)) }))
        : stream(asked);
    }),
  });
  await using remote = connectRemote(server.url);
  await remote.connection.ready;
  const other = remote.connection.call("echo", {}, limits());
  other.catch(() => {});
  await eventually("the first call", () => calls === 1);
  const loss = { reason: "broken_off", message: "it broke off in the middle of an answer" };
  await expect(remote.connection.call("echo", {}, limits())).rejects.toMatchObject(loss);
  await expect(other).rejects.toMatchObject(loss);
});

test("an answer in JSON that is cut off ends the session", async () => {
  const cut = () =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('{"jsonrpc":'));
          setTimeout(() => controller.error(new Error("cut")), 20);
        },
      }),
      { headers: { "content-type": "application/json" } },
    );
  await using server = new HttpServer({ answer: callsWith(cut) });
  await using remote = connectRemote(server.url);
  await remote.connection.ready;
  await expect(remote.connection.call("echo", {}, limits())).rejects.toMatchObject({
    reason: "broken_off",
    message: "it broke off in the middle of an answer: connection reset",
    cause: { undelivered: false },
  });
});

test("an answer in JSON that is to something else is a failure of that call at once, and of nothing else", async () => {
  await using server = new HttpServer({ answer: callsWith(() => result("other", {})) });
  await using remote = connectRemote(server.url);
  await remote.connection.ready;
  expect(await remote.connection.call("echo", {}, limits())).toMatchObject({
    isError: true,
    content: "its answer is not to this request",
  });
  await remote.connection.ask((client) => client.ping(), limits());
});

test("an answer that can be read on is read on", async () => {
  await using server = new HttpServer({
    answer({ http, method, headers, message }, { asked }) {
      if (method === "tools/call") return eventStream("id: one\nretry: 10\ndata:\n\n");
      if (http !== "GET" || headers.get("last-event-id") !== "one") return undefined;
      const call = asked.find((each) => each.method === "tools/call");
      const answer = {
        jsonrpc: "2.0",
        id: call?.message.id,
        result: { content: [{ type: "text", text: "late" }] },
      };
      return eventStream(event(message.id === undefined ? answer : {}));
    },
  });
  await using remote = connectRemote(server.url);
  await remote.connection.ready;
  expect(await remote.connection.call("echo", {}, limits())).toMatchObject({ content: "late" });
});

test("a call that was taken back may end without an answer", async () => {
  const ends: (() => void)[] = [];
  await using server = new HttpServer({
    answer: callsWith(() =>
      eventStream(
        new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode(": wait\n\n"));
            ends.push(() => controller.close());
          },
        }),
      ),
    ),
  });
  await using remote = connectRemote(server.url);
  await remote.connection.ready;
  const stop = new AbortController();
  const call = remote.connection.call("echo", {}, limits({ signal: stop.signal }));
  await eventually("the call", () => ends.length === 1);
  stop.abort(new Error("enough"));
  await expect(call).rejects.toThrow("enough");
  await eventually("the news of it", () => server.count("notifications/cancelled") === 1);
  ends[0]?.();
  await remote.connection.ping(new AbortController().signal);
  await remote.connection.ask((client) => client.ping(), limits());
});

test("what is no message is counted and told once, and does no harm", async () => {
  await using server = new HttpServer({
    answer: callsWith(({ message }) =>
      eventStream(
        `data: hello\n\ndata: {"jsonrpc":"1.0"}\n\ndata: ${JSON.stringify({ jsonrpc: "2.0", id: message.id, result: { content: [] } })}\n\n`,
      ),
    ),
  });
  await using remote = connectRemote(server.url);
  await remote.connection.ready;
  expect(await remote.connection.call("echo", {}, limits())).toMatchObject({ isError: false });
  await eventually("the noise", () => remote.noise.length === 1);
});

test("a server may ask, and is answered", async () => {
  await using server = new HttpServer({
    answer: callsWith(({ message }) =>
      eventStream(
        new ReadableStream({
          async start(controller) {
            controller.enqueue(event({ jsonrpc: "2.0", id: "q", method: "ping" }));
            await eventually("the answer", () => answered());
            controller.enqueue(event({ jsonrpc: "2.0", id: message.id, result: { content: [] } }));
            controller.close();
          },
        }),
      ),
    ),
  });
  const answered = () => server.asked.some(({ message }) => message.id === "q" && "result" in message);
  await using remote = connectRemote(server.url);
  await remote.connection.ready;
  expect(await remote.connection.call("echo", {}, limits())).toMatchObject({ isError: false });
});
