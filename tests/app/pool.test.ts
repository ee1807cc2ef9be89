/** What lies between a request and its socket: counted at the other end of real connections. */
import { afterEach, describe, expect, test } from "bun:test";
import { Pool } from "../../src/app/pool.ts";
import { InterruptedError } from "../../src/lib/errors.ts";
import { FakeClock } from "../fixtures/fake-clock.ts";

interface Line {
  number: number;
  requests: number;
}

type Conduct = (line: Line, socket: Bun.Socket<Line>) => void;

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const answers: Conduct = (_, socket) => void socket.write(OK);

/** A server that speaks just enough HTTP, and misbehaves as it is told. */
function startLines(conduct: Conduct = answers) {
  const seen: string[] = [];
  let opened = 0;
  let open = 0;
  const closed = new Set<() => void>();
  const listener = Bun.listen<Line>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        open++;
        socket.data = { number: ++opened, requests: 0 };
      },
      close() {
        open--;
        for (const wake of closed) wake();
      },
      data(socket, data) {
        // What comes without a first line is the rest of a request.
        if (!data.includes("HTTP/1.1\r\n")) return;
        socket.data.requests++;
        seen.push(`${socket.data.number}.${socket.data.requests}`);
        conduct(socket.data, socket);
      },
    },
  });
  const url = `http://127.0.0.1:${listener.port}`;
  return {
    url,
    /** `2.3` is the third request of the second connection. */
    seen,
    opened: () => opened,
    async untilOpen(count: number) {
      while (open !== count) {
        await new Promise<void>((resolve) => closed.add(resolve));
      }
    },
    [Symbol.dispose]: () => listener.stop(true),
  };
}

const post = (pool: Pool, url: string, body: string | ReadableStream<Uint8Array> = "question") =>
  pool.fetch(`${url}/v1`, { method: "POST", body });

describe("connections", () => {
  test("twenty requests go over one", async () => {
    using server = startLines();
    const pool = new Pool(server.url);
    for (let turn = 0; turn < 20; turn++) expect(await (await post(pool, server.url)).text()).toBe("ok");
    expect(server.opened()).toBe(1);
    pool.close();
  });

  test("a few are kept, however many there were", async () => {
    const arrived: Bun.Socket<Line>[] = [];
    using server = startLines((_, socket) => {
      arrived.push(socket);
      if (arrived.length === 12) for (const each of arrived) each.write(OK);
    });
    const pool = new Pool(server.url);
    const texts = Array.from({ length: 12 }, async () => (await post(pool, server.url)).text());
    expect(await Promise.all(texts)).toHaveLength(12);
    await server.untilOpen(4);
    pool.close();
    await server.untilOpen(0);
  });

  test("one that ends between two turns is replaced", async () => {
    using server = startLines((_, socket) => {
      socket.write(OK);
      socket.end();
    });
    const pool = new Pool(server.url);
    for (let turn = 0; turn < 3; turn++) {
      expect((await post(pool, server.url)).status).toBe(200);
      await server.untilOpen(0);
    }
    expect(server.seen).toEqual(["1.1", "2.1", "3.1"]);
  });

  test.each(["end", "terminate"] as const)(
    "one that ends while the next request goes out is replaced too (%s)",
    async (how) => {
      using server = startLines((line, socket) => {
        if (line.requests === 2) socket[how]();
        else socket.write(OK);
      });
      const pool = new Pool(server.url);
      await (await post(pool, server.url)).text();
      expect(await (await post(pool, server.url)).text()).toBe("ok");
      expect(server.seen).toEqual(["1.1", "1.2", "2.1"]);
      pool.close();
    },
  );

  test("is replaced once: a server that takes no request is told as such", async () => {
    let served = 0;
    using server = startLines((_, socket) => {
      if (served++ === 0) socket.write(OK);
      else socket.end();
    });
    const pool = new Pool(server.url);
    await (await post(pool, server.url)).text();
    expect(await codeOf(post(pool, server.url))).toBe("ECONNRESET");
    expect(server.seen).toEqual(["1.1", "1.2", "2.1"]);
    expect(await codeOf(post(pool, server.url))).toBe("ECONNRESET");
    expect(server.seen).toEqual(["1.1", "1.2", "2.1", "3.1"]);
  });

  test("a new one that ends is a failure: the server has had the request", async () => {
    using server = startLines((_, socket) => void socket.end());
    expect(await codeOf(post(new Pool(server.url), server.url))).toBe("ECONNRESET");
    expect(server.seen).toEqual(["1.1"]);
  });

  test("so is one that ends after a while: the server has worked on it", async () => {
    const clock = new FakeClock();
    using server = startLines((line, socket) => {
      if (line.requests < 2) socket.write(OK);
      else void clock.advance(1000).then(() => socket.end());
    });
    const pool = new Pool(server.url, clock);
    await (await post(pool, server.url)).text();
    expect(await codeOf(post(pool, server.url))).toBe("ECONNRESET");
    expect(server.seen).toEqual(["1.1", "1.2"]);
  });

  test("a body that can be read once is sent once", async () => {
    using server = startLines((line, socket) => {
      if (line.requests === 2) socket.end();
      else socket.write(OK);
    });
    const pool = new Pool(server.url);
    await (await post(pool, server.url)).text();
    const body = new Blob(["question"]).stream();
    expect(await codeOf(post(pool, server.url, body))).toBe("ECONNRESET");
  });

  test("after a request that got no answer none of the old ones is used again", async () => {
    const first: Bun.Socket<Line>[] = [];
    using server = startLines((line, socket) => {
      if (line.number > 2) socket.write(OK);
      else if (line.requests === 1 && first.push(socket) === 2) for (const each of first) each.write(OK);
    });
    const pool = new Pool(server.url);
    const both = [post(pool, server.url), post(pool, server.url)];
    for (const response of await Promise.all(both)) await response.text();
    expect(server.opened()).toBe(2);
    // Both are silent now, as when the host has moved.
    const limit = new AbortController();
    const silent = pool.fetch(server.url, { method: "POST", body: "q", signal: limit.signal });
    while (server.seen.length < 3) await new Promise((resolve) => setImmediate(resolve));
    limit.abort(new DOMException("no headers", "TimeoutError"));
    expect(await silent.catch((error: Error) => error.message)).toBe("no headers");
    expect((await post(pool, server.url)).status).toBe(200);
    expect(server.seen.at(-1)).toBe("3.1");
    pool.close();
  });

  test.each([
    ["who says stop", new InterruptedError()],
    ["who had but a short look", undefined],
  ])("%s before the answer leaves the others open", async (_, reason) => {
    const waiting: Bun.Socket<Line>[] = [];
    // The third request gets no answer.
    using server = startLines((_, socket) => {
      if (waiting.push(socket) === 2) for (const each of waiting) each.write(OK);
      if (waiting.length > 3) socket.write(OK);
    });
    const pool = new Pool(server.url);
    const both = [post(pool, server.url), post(pool, server.url)];
    for (const response of await Promise.all(both)) await response.text();
    const stop = new AbortController();
    const stopped = pool.fetch(server.url, { method: "POST", body: "q", signal: stop.signal });
    while (server.seen.length < 3) await new Promise((resolve) => setImmediate(resolve));
    stop.abort(reason);
    await expect(stopped).rejects.toBe(stop.signal.reason);
    expect(await (await post(pool, server.url)).text()).toBe("ok");
    expect(server.opened()).toBe(2);
    pool.close();
  });
});

async function codeOf(response: Promise<Response>): Promise<unknown> {
  try {
    return (await response).status;
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error;
  }
}

describe("proxies of the environment", () => {
  const before = process.env.HTTP_PROXY;
  afterEach(() => {
    if (before === undefined) delete process.env.HTTP_PROXY;
    else process.env.HTTP_PROXY = before;
  });

  test("carry what goes elsewhere, and never what stays on this machine", async () => {
    const proxied: string[] = [];
    const proxy = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: ({ url }) => {
        proxied.push(url);
        return new Response("by proxy");
      },
    });
    using server = startLines();
    process.env.HTTP_PROXY = `http://127.0.0.1:${proxy.port}`;
    const elsewhere = "http://models.invalid";
    expect(await (await new Pool(elsewhere).fetch(`${elsewhere}/v1`)).text()).toBe("by proxy");
    for (const host of ["127.0.0.1", "localhost"]) {
      const here = server.url.replace("127.0.0.1", host);
      expect(await (await new Pool(here).fetch(here)).text()).toBe("ok");
    }
    expect(proxied).toHaveLength(1);
    await proxy.stop(true);
  });
});
