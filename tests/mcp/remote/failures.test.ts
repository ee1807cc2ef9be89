import { describe, expect, test } from "bun:test";
import { LoginNeeded, MoreRightsNeeded } from "../../../src/mcp/client/auth/errors.ts";
import type { RemoteAuth } from "../../../src/mcp/client/auth/port.ts";
import { HandshakeFailed } from "../../../src/mcp/client/errors.ts";
import { type Asked, eventStream, HttpServer, refusal } from "../../fixtures/mcp-http/server.ts";
import { eventually, limits } from "../servers.ts";
import { type ConnectRemoteOptions, connectRemote, freePort } from "./servers.ts";

/** How a connection ends that does not come about. */
async function failureOf(url: string, options: ConnectRemoteOptions = {}) {
  await using remote = connectRemote(url, options);
  const error = await remote.connection.ready.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof HandshakeFailed)) throw new Error("the handshake worked", { cause: error });
  return { error, exit: await remote.running.exited };
}

const web = (status: number) =>
  new Response("<html>It works</html>", { status, headers: { "content-type": "text/html" } });

type Case = [what: string, answer: () => Response, words: string | RegExp, permanent: boolean];

const LOGIN =
  "it asks for a login; run: mcpchat servers login far, or check the headers of its configuration";
const CASES: Case[] = [
  ["401", () => new Response("", { status: 401 }), LOGIN, true],
  [
    "403",
    () => Response.json({ error: "not you" }, { status: 403 }),
    "it refuses us (HTTP 403): not you",
    true,
  ],
  ["403 in HTML", () => web(403), "it refuses us (HTTP 403)", true],
  [
    "429",
    () => refusal(429, -32000, "slow down"),
    "it limits the rate of requests (HTTP 429): slow down",
    false,
  ],
  ["500", () => new Response("oops", { status: 500 }), "it failed (HTTP 500): oops", false],
  ["502 in HTML", () => web(502), "it failed (HTTP 502)", false],
  [
    "404",
    () => web(404),
    /^nothing is at http:\/\/127\.0\.0\.1:\d+\/mcp \(HTTP 404\); check its url, or set transport = "sse" if it is an older server$/,
    false,
  ],
  ["405", () => web(405), /^no MCP endpoint is at .* \(HTTP 405\); .* transport = "sse"/, false],
  ["a web page", () => web(200), /^it answers with text\/html; is http:.*\/mcp an MCP endpoint\?$/, false],
  [
    "other JSON",
    () => Response.json({ hello: 1 }),
    /^its answer is not JSON-RPC; is http:.* an MCP endpoint\?$/,
    false,
  ],
  [
    "broken JSON",
    () => new Response("{", { headers: { "content-type": "application/json" } }),
    /^its answer is not JSON-RPC; is http/,
    false,
  ],
  [
    "a redirection",
    () => Response.redirect("https://elsewhere.invalid/mcp?key=secret", 307),
    "it redirects to https://elsewhere.invalid/mcp (HTTP 307), which is not followed; if that is the server, set its url",
    true,
  ],
];

describe.each([true, false])("at the handshake, if the server is asked for its era: %p", (asks) => {
  test.each(CASES)("%s is told in one line", async (_, answer, words, permanent) => {
    await using server = new HttpServer({ answer });
    const { error, exit } = await failureOf(server.url, { asks });
    expect(error.message).toMatch(words);
    expect(error.message).not.toContain("\n");
    expect(exit).toEqual({ kind: "crash", error });
    expect(error.permanent).toBe(permanent);
  });

  test("nobody there is told as that", async () => {
    const url = `http://127.0.0.1:${freePort()}/mcp`;
    const { error } = await failureOf(url, { asks });
    const words = `cannot be reached: connection refused (${new URL(url).origin})`;
    expect(error).toMatchObject({ message: words, permanent: false });
  });
});

describe("during a call", () => {
  const during = async (answer: () => Response, options: ConnectRemoteOptions = {}) => {
    const server = new HttpServer({
      answer: ({ method }) => (method === "tools/call" ? answer() : undefined),
    });
    const remote = connectRemote(server.url, options);
    await remote.connection.ready;
    return { server, remote, call: remote.connection.call("echo", {}, limits()) };
  };

  test.each<[string, () => Response, string]>([
    ["429", () => refusal(429, -32000, "slow down"), "it limits the rate of requests (HTTP 429): slow down"],
    ["503", () => refusal(503, -32000, "busy"), "it failed (HTTP 503): busy"],
    ["403", () => refusal(403, -32000, "not this"), "it refuses us (HTTP 403): not this"],
    ["a web page", () => web(200), "it answers with text/html"],
  ])("%s concerns that call alone", async (_, answer, words) => {
    const { server, remote, call } = await during(answer);
    await using _server = server;
    await using _remote = remote;
    expect(await call).toMatchObject({ isError: true, content: expect.stringContaining(words) });
    await remote.connection.ask((client) => client.ping(), limits());
    expect(server.count("initialize")).toBe(1);
  });

  test("401 ends the session for good", async () => {
    const { server, remote, call } = await during(() => new Response("", { status: 401 }));
    await using _server = server;
    await using _remote = remote;
    await expect(call).rejects.toMatchObject({ reason: "refused", message: LOGIN });
    expect(await remote.running.exited).toMatchObject({ kind: "crash", error: { permanent: true } });
  });

  const withoutNews = (then: () => Response) => ({
    answer: ({ http, method }: Asked) => {
      if (http === "GET") return new Response("", { status: 405 });
      return method === "tools/call" ? then() : undefined;
    },
  });

  test("nobody there is told to the caller as a call that nobody has seen, and to the others as a loss", async () => {
    const server = new HttpServer(withoutNews(() => new Response()));
    await using remote = connectRemote(server.url);
    await remote.connection.ready;
    const origin = new URL(server.url).origin;
    await server[Symbol.asyncDispose]();
    const loss = { reason: "unreachable", message: `cannot be reached: connection refused (${origin})` };
    await expect(remote.connection.call("echo", {}, limits())).rejects.toMatchObject({
      ...loss,
      cause: { undelivered: true },
    });
    expect(await remote.link.lost).toMatchObject({ ...loss, cause: { undelivered: false } });
  });

  test("a server that dies over the call is a loss", async () => {
    const server = new HttpServer(
      withoutNews(() => eventStream(new ReadableStream({ pull: () => new Promise(() => {}) }))),
    );
    await using remote = connectRemote(server.url);
    await remote.connection.ready;
    const call = remote.connection.call("echo", {}, limits());
    const error = call.catch((reason: unknown) => reason);
    await eventually("the call", () => server.count("tools/call") === 1);
    await server[Symbol.asyncDispose]();
    expect(await error).toMatchObject({ name: "ConnectionLost", cause: { undelivered: false } });
  });
});

describe("who we are", () => {
  const authWith = (changes: Partial<RemoteAuth>): RemoteAuth => ({
    token: async () => "token",
    watching: (fetch) => fetch,
    ...changes,
  });
  const needed = () => Promise.reject(new LoginNeeded("far"));

  test("goes with each request, before the headers of the configuration", async () => {
    await using server = new HttpServer();
    const config = { headers: { AUTHORIZATION: "Basic x", "X-Key": "1" } };
    await using remote = connectRemote(server.url, { auth: authWith({}), config });
    await remote.connection.ready;
    await eventually("the stream", () => server.news.size === 1);
    expect(new Set(server.asked.map(({ headers }) => headers.get("authorization")))).toEqual(
      new Set(["Bearer token"]),
    );
    expect(new Set(server.asked.map(({ headers }) => headers.get("x-key")))).toEqual(new Set(["1"]));
  });

  test.each<["http" | "sse", string, Partial<RemoteAuth>]>([
    ["http", "before a request", { token: needed }],
    ["http", "after a refusal", { onUnauthorized: needed }],
    ["sse", "before a request", { token: needed }],
    ["sse", "after a refusal", { onUnauthorized: needed }],
  ])("that cannot be said, over %s, %s, is told as it is", async (transport, _, changes) => {
    await using server = new HttpServer({ answer: () => new Response("", { status: 401 }) });
    const { error } = await failureOf(server.url, { auth: authWith(changes), config: { transport } });
    const message = "it asks for a login; run: mcpchat servers login far";
    expect(error).toMatchObject({ message, permanent: true });
  });

  test("that does not help is told", async () => {
    await using server = new HttpServer({ answer: () => new Response("", { status: 401 }) });
    const { error } = await failureOf(server.url, { auth: authWith({ onUnauthorized: async () => {} }) });
    expect(error).toMatchObject({
      message: "it asks for a login; run: mcpchat servers login far",
      permanent: true,
    });
  });

  test("that does not suffice for one call costs that call alone, whatever is answered meanwhile", async () => {
    await using server = new HttpServer({
      answer: ({ method }) => (method === "tools/call" ? new Response("", { status: 403 }) : undefined),
    });
    const answered = Promise.withResolvers<void>();
    const refused = Promise.withResolvers<void>();
    const watching: RemoteAuth["watching"] = (fetch) => async (url, init) => {
      const response = await fetch(url, init);
      if (response.status !== 403) return response;
      refused.resolve();
      await answered.promise;
      throw new MoreRightsNeeded("far", "all");
    };
    await using remote = connectRemote(server.url, { auth: authWith({ watching }) });
    await remote.connection.ready;
    const call = remote.connection.call("echo", {}, limits());
    await refused.promise;
    await remote.connection.ask((client) => client.ping(), limits());
    answered.resolve();
    expect(await call).toMatchObject({
      isError: true,
      content: "it needs more rights (scopes all); run: mcpchat servers login far",
    });
    await remote.connection.ask((client) => client.ping(), limits());
  });

  test("that does not suffice for one call costs that call alone", async () => {
    await using server = new HttpServer({
      answer: ({ method }) =>
        method === "tools/call"
          ? new Response("", {
              status: 403,
              headers: { "www-authenticate": 'Bearer error="insufficient_scope", scope="all"' },
            })
          : undefined,
    });
    await using remote = connectRemote(server.url);
    await remote.connection.ready;
    expect(await remote.connection.call("echo", {}, limits())).toMatchObject({
      isError: true,
      content: "it asks for more rights (all); run: mcpchat servers login far",
    });
    await remote.connection.ask((client) => client.ping(), limits());
  });
});
