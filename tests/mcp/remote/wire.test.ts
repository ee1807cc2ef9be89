import { describe, expect, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { createWire } from "../../../src/mcp/client/remote/wire.ts";
import { event, eventStream, HttpServer, result } from "../../fixtures/mcp-http/server.ts";
import { eventually, limits } from "../servers.ts";
import { connectRemote, remoteConfig } from "./servers.ts";

describe("headers of the configuration", () => {
  test("go with each request, but not to another origin, and not over those of the protocol", async () => {
    await using server = new HttpServer();
    const headers = { "x-key": "secret", ACCEPT: "text/html", "Mcp-Session-Id": "mine" };
    const remote = connectRemote(server.url, { config: { headers } });
    await remote.connection.ready;
    await eventually("the stream", () => server.news.size === 1);
    await remote[Symbol.asyncDispose]();
    await eventually("the end", () => server.count("DELETE") === 1);
    expect(new Set(server.asked.map((asked) => asked.headers.get("x-key")))).toEqual(new Set(["secret"]));
    expect(server.asked.some((asked) => asked.headers.get("accept")?.includes("html"))).toBe(false);
    expect(server.asked.some(({ session }) => session === "mine")).toBe(false);
  });

  test("and tokens stay with the origin, whatever the server says", async () => {
    await using other = new HttpServer();
    await using server = new HttpServer({ answer: () => Response.redirect(other.url, 307) });
    const auth = { token: async () => "token", watching: <T>(fetch: T) => fetch };
    await using remote = connectRemote(server.url, { auth, config: { headers: { "x-key": "secret" } } });
    await remote.connection.ready.catch(() => {});
    expect(other.asked).toEqual([]);
  });

  test("do not go along a way that leaves the origin, whoever takes it", async () => {
    const seen: (string | null)[] = [];
    const config = remoteConfig("far", "http://near.test/mcp", { headers: { "x-key": "secret" } });
    const events = { onStream() {}, onWhole() {}, onStreamEnd() {}, onTooLarge() {} };
    const wire = createWire({
      ...events,
      config,
      maxBytes: 1,
      signal: new AbortController().signal,
      fetch: async (_, init) => {
        seen.push(new Headers(init?.headers).get("x-key"));
        return new Response(null);
      },
    });
    await wire("http://near.test/other");
    await wire("https://near.test/mcp");
    expect(seen).toEqual(["secret", null]);
  });

  test("follow a redirection within the origin", async () => {
    await using server = new HttpServer({
      answer: ({ url }) => (url.pathname === "/mcp" ? Response.redirect("/moved", 308) : undefined),
    });
    await using remote = connectRemote(server.url, { config: { headers: { "x-key": "secret" } } });
    await remote.connection.ready;
    const moved = server.asked.filter(({ url }) => url.pathname === "/moved");
    expect(moved.every(({ headers }) => headers.get("x-key") === "secret")).toBe(true);
  });
});

const KIB = "x".repeat(1024);
const text = (kib: number) => ({ content: [{ type: "text", text: KIB.repeat(kib) }] });

describe("of what a server sends there is a most", () => {
  const answering = (kib: number, stream: boolean) =>
    new HttpServer({
      answer: ({ method, message }) => {
        if (method !== "tools/call") return undefined;
        if (!stream) return result(message.id, text(kib));
        return eventStream(event({ jsonrpc: "2.0", id: message.id, result: text(kib) }));
      },
    });
  const maxBytes = 1024 * 1024;
  const WORDS = "it sent an answer of more than 1 MB, which is the most that is taken";

  test("in a body: the call fails, the session lives", async () => {
    await using server = answering(1024, false);
    await using remote = connectRemote(server.url, { maxBytes });
    await remote.connection.ready;
    expect(await remote.connection.call("echo", {}, limits())).toMatchObject({
      isError: true,
      content: WORDS,
    });
    await remote.connection.ask((client) => client.ping(), limits());
  });

  test("in an event: the session is lost", async () => {
    await using server = answering(1024, true);
    await using remote = connectRemote(server.url, { maxBytes });
    await remote.connection.ready;
    const loss = { reason: "broken_off", message: WORDS };
    await expect(remote.connection.call("echo", {}, limits())).rejects.toMatchObject(loss);
  });

  test.each([false, true])("and less than that passes, in a stream: %p", async (stream) => {
    await using server = answering(1000, stream);
    await using remote = connectRemote(server.url, { maxBytes });
    await remote.connection.ready;
    expect(await remote.connection.call("echo", {}, limits())).toMatchObject({ isError: false });
  });

  test("in all events of a stream there is none", async () => {
    const log = {
      jsonrpc: "2.0",
      method: "notifications/message",
      params: { level: "info", data: KIB.repeat(100) },
    };
    await using server = new HttpServer({
      answer: ({ method, message }) => {
        if (method !== "tools/call") return undefined;
        const events = Array.from({ length: 30 }, () => event(log));
        const crlf = new TextEncoder().encode(`data: ${JSON.stringify(log)}\r\n\r\n`.repeat(30));
        return eventStream(
          Buffer.concat([...events, crlf, event({ jsonrpc: "2.0", id: message.id, result: text(1) })]),
        );
      },
    });
    await using remote = connectRemote(server.url, { maxBytes });
    await remote.connection.ready;
    expect(await remote.connection.call("echo", {}, limits())).toMatchObject({ isError: false });
  });

  test("in the words of a refusal", async () => {
    await using server = new HttpServer({
      answer: ({ method }) =>
        method === "tools/call" ? new Response(KIB.repeat(2000), { status: 500 }) : undefined,
    });
    await using remote = connectRemote(server.url, { maxBytes });
    await remote.connection.ready;
    expect(await remote.connection.call("echo", {}, limits())).toMatchObject({
      isError: true,
      content: "it failed (HTTP 500)",
    });
  });
});

describe("a proxy in the environment", () => {
  const script = fileURLToPath(new URL("../../fixtures/mcp-http/list-tools.ts", import.meta.url));
  const listThrough = async (url: string, env: Record<string, string>) => {
    const child = Bun.spawn([process.execPath, script, url], {
      env: { ...process.env, ...env },
      stdout: "pipe",
      stderr: "inherit",
    });
    return (await new Response(child.stdout).text()).trim();
  };

  test.each<[string, string | undefined, boolean]>([
    ["is used", undefined, true],
    ["is not used for what NO_PROXY names", "localhost,127.0.0.1", false],
  ])("%s", async (_, NO_PROXY, used) => {
    await using server = new HttpServer();
    const seen: string[] = [];
    using proxy = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      async fetch(request) {
        seen.push(request.url);
        return fetch(request.url, {
          method: request.method,
          headers: request.headers,
          body: await request.text(),
          proxy: false,
        });
      },
    });
    const address = `http://127.0.0.1:${proxy.port}`;
    const env = {
      HTTP_PROXY: address,
      http_proxy: address,
      NO_PROXY: NO_PROXY ?? "",
      no_proxy: NO_PROXY ?? "",
    };
    expect(await listThrough(server.url, env)).toBe("echo");
    expect(seen.includes(server.url)).toBe(used);
  });
});
