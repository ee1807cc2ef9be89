/** Requests to authorization servers: where they may go, and for how long. */
import { describe, expect, onTestFinished, test } from "bun:test";
import type { FetchLike } from "@modelcontextprotocol/client";
import { boundedFetch } from "../../../src/mcp/client/auth/bounded-fetch.ts";
import { FakeClock } from "../../fixtures/fake-clock.ts";

const REMOTE = "https://mcp.example/mcp";
const LOCAL = "http://127.0.0.1:1/mcp";

/** A network that answers everything, and what it was asked. */
function network(answer: (url: string) => Response = () => new Response("fine")) {
  const asked: string[] = [];
  const fetch: FetchLike = async (url) => {
    asked.push(String(url));
    return answer(String(url));
  };
  return { asked, fetch };
}

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("addresses", () => {
  test.each([
    [REMOTE, "http://login.example/token"],
    [REMOTE, "http://169.254.169.254/latest"],
    [REMOTE, "http://127.0.0.1:9999/token"],
    [REMOTE, "http://localhost/token"],
    [LOCAL, "http://login.example/token"],
    [LOCAL, "http://127.0.0.1.evil.example/token"],
    [REMOTE, "file:///etc/passwd"],
  ])("of a server at %s: %s is refused, and not asked", async (server, url) => {
    const { fetch, asked } = network();
    const error = await failureOf(boundedFetch({ server, fetch })(url));
    expect(error).toMatchObject({ kind: "insecure" });
    // Anything else is "there is no such document" to the SDK.
    expect(error).toBeInstanceOf(TypeError);
    expect(asked).toEqual([]);
  });

  test.each([
    [REMOTE, "https://login.example/token"],
    [LOCAL, "http://127.0.0.1:9999/token"],
    ["http://localhost:1/mcp", "http://[::1]:9999/token"],
  ])("of a server at %s: %s is asked", async (server, url) => {
    const { fetch } = network();
    expect(await (await boundedFetch({ server, fetch })(url)).text()).toBe("fine");
  });
});

test("configured headers go to the server's own origin alone, and never say who we are", async () => {
  const sent: Record<string, Record<string, string>> = {};
  const fetch: FetchLike = async (url, init) => {
    sent[String(url)] = Object.fromEntries(new Headers(init?.headers));
    return new Response();
  };
  const headers = { "X-Key": "secret", Authorization: "Bearer secret", Accept: "text/html" };
  const bounded = boundedFetch({ server: REMOTE, headers, fetch });
  for (const url of ["https://mcp.example/.well-known/x", "https://login.example/token"])
    await bounded(url, { headers: { accept: "application/json" } });
  expect(sent).toEqual({
    "https://mcp.example/.well-known/x": { accept: "application/json", "x-key": "secret" },
    "https://login.example/token": { accept: "application/json" },
  });
});

describe("redirects", () => {
  const redirecting = (to: string) =>
    network((url) =>
      url.endsWith("/from")
        ? new Response(null, { status: 302, headers: { location: to } })
        : new Response("there"),
    );

  test("are followed to where we may go", async () => {
    const { fetch } = redirecting("/to");
    expect(await (await boundedFetch({ server: REMOTE, fetch })("https://login.example/from")).text()).toBe(
      "there",
    );
  });

  test("are not followed to where a token could be read", async () => {
    const { fetch, asked } = redirecting("http://login.example/to");
    const error = await failureOf(boundedFetch({ server: REMOTE, fetch })("https://login.example/from"));
    expect(error).toMatchObject({ kind: "insecure" });
    expect(asked).toHaveLength(1);
  });

  test("are not followed with a secret in hand", async () => {
    const { fetch, asked } = redirecting("https://evil.example/to");
    const init = { method: "POST", body: "refresh_token=secret" };
    const response = await boundedFetch({ server: REMOTE, fetch })("https://login.example/from", init);
    expect(response.status).toBe(302);
    expect(asked).toHaveLength(1);
  });

  test("end", async () => {
    const { fetch, asked } = redirecting("/from");
    await boundedFetch({ server: REMOTE, fetch })("https://login.example/from");
    expect(asked).toHaveLength(6);
  });
});

describe("answers", () => {
  test("that never come are given up", async () => {
    const clock = new FakeClock();
    const never: FetchLike = (_url, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
      });
    const failure = failureOf(
      boundedFetch({ server: REMOTE, fetch: never, clock })("https://login.example/"),
    );
    await clock.advance(15_000);
    expect(await failure).toMatchObject({ kind: "late", message: "https://login.example does not answer" });
    expect(clock.pending).toBe(0);
  });

  test("that are too large are not kept", async () => {
    const endless = () =>
      new Response(
        new ReadableStream({
          pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)),
        }),
      );
    const { fetch } = network(endless);
    const error = await failureOf(boundedFetch({ server: REMOTE, fetch })("https://login.example/"));
    expect(error).toMatchObject({ kind: "too_large" });
  });

  test("whose bodies never end are there where only their headers are wanted", async () => {
    const server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: () => new Response(endlessly(), { status: 401 }),
    });
    onTestFinished(() => server.stop(true));
    const knock = boundedFetch({ server: server.url.href, headersOnly: true });
    expect((await knock(server.url)).status).toBe(401);
  });

  test("are not waited for once the signal aborts", async () => {
    const controller = new AbortController();
    const { fetch } = network();
    controller.abort(new Error("enough"));
    const bounded = boundedFetch({
      server: REMOTE,
      signal: controller.signal,
      fetch: (url, init) => {
        init?.signal?.throwIfAborted();
        return fetch(url, init);
      },
    });
    expect(await failureOf(bounded("https://login.example/"))).toMatchObject({ message: "enough" });
  });
});

/** A beginning, and then nothing more. */
function endlessly(): ReadableStream {
  return new ReadableStream({
    start: (controller) => controller.enqueue(new Uint8Array(1)),
    pull: () => new Promise(() => {}),
  });
}
