import { expect, test } from "bun:test";
import { FakeClock } from "../../fixtures/fake-clock.ts";
import { HttpServer, refusal, result } from "../../fixtures/mcp-http/server.ts";
import { eventually, limits } from "../servers.ts";
import { connectRemote } from "./servers.ts";

const call = (remote: ReturnType<typeof connectRemote>) => remote.connection.call("echo", {}, limits());

test.each([404, 400])(
  "a session that the server answers with %p is begun again, once for all",
  async (status) => {
    await using server = new HttpServer({
      answer: ({ session, http }, { sessions }) =>
        http === "POST" && session !== null && !sessions.has(session)
          ? refusal(status, -32000, "no such session")
          : undefined,
    });
    await using remote = connectRemote(server.url);
    await remote.connection.ready;
    await eventually("the stream for news", () => server.news.size === 1);
    server.forget();
    const outcomes = await Promise.all([call(remote), call(remote), call(remote)]);
    expect(outcomes.map(({ content }) => content)).toEqual(["done", "done", "done"]);
    expect(server.count("initialize")).toBe(2);
    expect(server.count("notifications/initialized")).toBe(2);
    const versions = server.asked.filter(({ session }) => session === "session-2");
    expect(versions.every(({ headers }) => headers.get("mcp-protocol-version") === "2025-11-25")).toBe(true);
    expect(remote.link.transport.sessionId).toBe("session-2");
    await eventually("the tools are listed again", () => remote.lists.length === 2);
    await eventually(
      "the stream of the first is closed",
      () => server.count("GET") === 2 && server.news.size === 1,
    );
  },
);

test("a request that makes no sense costs no session", async () => {
  await using server = new HttpServer({
    answer: ({ method }) => (method === "tools/call" ? refusal(400, -32600, "nonsense") : undefined),
  });
  const clock = new FakeClock();
  await using remote = connectRemote(server.url, { clock });
  await remote.connection.ready;
  await eventually("the stream for news", () => server.news.size === 1);
  server.tell({ jsonrpc: "2.0", method: "notifications/tools/list_changed" });
  await eventually("news on it", async () => {
    await clock.advance(100);
    return remote.lists.length === 2;
  });
  expect(await call(remote)).toMatchObject({
    isError: true,
    content: "it refuses the request (HTTP 400): nonsense",
  });
  // What the SDK reports beside is heard as well.
  await clock.advance(1);
  await remote.connection.ask((client) => client.ping(), limits());
  expect(server.count("initialize")).toBe(1);
  expect(server.count("ping")).toBe(2);
});

test("a request that finds nothing in a new session either fails alone", async () => {
  await using server = new HttpServer({
    answer: ({ method }) => (method === "tools/call" ? refusal(404, -32001, "gone") : undefined),
  });
  await using remote = connectRemote(server.url);
  await remote.connection.ready;
  expect(await call(remote)).toMatchObject({
    isError: true,
    content: "it refuses the request (HTTP 404): gone",
  });
  expect(server.count("tools/call")).toBe(2);
  expect(server.count("initialize")).toBe(2);
  await remote.connection.ping(new AbortController().signal);
});

test("without a session a request that finds nothing fails alone", async () => {
  await using server = new HttpServer({
    sessions: false,
    answer: ({ method }) => (method === "tools/call" ? refusal(404, -32001, "gone") : undefined),
  });
  await using remote = connectRemote(server.url);
  await remote.connection.ready;
  expect((await call(remote)).isError).toBe(true);
  expect(server.count("initialize")).toBe(1);
});

test.each<[string, (id: number | string | undefined) => Response, string]>([
  ["fails", () => refusal(503, -32000, "busy"), "it forgot the session; it failed (HTTP 503): busy"],
  [
    "now speaks another revision",
    (id) =>
      result(id, {
        protocolVersion: "2025-06-18",
        capabilities: {},
        serverInfo: { name: "x", version: "1" },
      }),
    "it forgot the session; it now speaks another revision of the protocol",
  ],
])("a server that forgot the session and %s ends it, undelivered", async (_, begin, words) => {
  let begun = 0;
  await using server = new HttpServer({
    answer: ({ method, message }) => {
      if (method !== "initialize") return undefined;
      begun += 1;
      return begun > 1 ? begin(message.id) : undefined;
    },
  });
  await using remote = connectRemote(server.url);
  await remote.connection.ready;
  server.forget();
  await expect(call(remote)).rejects.toMatchObject({
    reason: expect.stringMatching(/broken_off|refused/),
    message: words,
    cause: { undelivered: true },
  });
  expect(await remote.running.exited).toMatchObject({
    kind: "crash",
    error: { message: words, permanent: false },
  });
});

test("a server that forgets every session is not asked for another one for ever", async () => {
  const clock = new FakeClock();
  await using server = new HttpServer();
  await using remote = connectRemote(server.url, { clock });
  await remote.connection.ready;
  const advancing = setInterval(() => {
    void clock.advance(100);
    if (server.news.size === 0) return;
    server.forget();
    server.endNews();
  }, 5);
  const lost = await remote.link.lost.finally(() => clearInterval(advancing));
  expect(lost).toMatchObject({
    reason: "broken_off",
    message: "it forgot the session; it has forgotten 5 others within a minute",
    cause: { permanent: false },
  });
  expect(server.count("initialize")).toBe(6);
}, 20_000);
