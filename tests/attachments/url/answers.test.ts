import { describe, expect, test } from "bun:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { fetchAddress } from "../../../src/attachments/url/fetch-address.ts";
import { FakeClock } from "../../fixtures/fake-clock.ts";
import { options, refusal, serve } from "./far-end.ts";

describe("an answer", () => {
  test("that is no success is a line with its status", async () => {
    const server = serve(() => new Response("no", { status: 404, statusText: "Not Found" }));
    expect(await refusal(fetchAddress(server.at("example.com"), options()))).toBe(
      `${server.at("example.com")}/: the server answers 404 Not Found; check the address`,
    );
  });

  test("is unpacked", async () => {
    const packed = {
      gzip: gzipSync("hello"),
      br: brotliCompressSync("hello"),
      zstd: Bun.zstdCompressSync("hello"),
    };
    for (const [packing, body] of Object.entries(packed)) {
      const server = serve(() => new Response(body, { headers: { "content-encoding": packing } }));
      const raw = await fetchAddress(server.at("example.com"), options());
      expect(Buffer.from(raw.bytes).toString()).toBe("hello");
    }
  });

  test("is not read beyond the limit, whatever it says of its size and however it is packed", async () => {
    const endless = () =>
      new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(50_000)) }));
    const bomb = (body: Uint8Array, packing: string) => () =>
      new Response(body, { headers: { "content-encoding": packing } });
    const zeros = Buffer.alloc(200_000_000);
    const answers = [
      endless,
      bomb(gzipSync(zeros), "gzip"),
      bomb(brotliCompressSync(zeros.subarray(0, 50_000_000)), "br"),
    ];
    for (const answer of answers) {
      const server = serve(answer);
      expect(await refusal(fetchAddress(server.at("example.com"), options()))).toContain(
        "too large: at most 100 kB can be attached",
      );
    }
  });

  test("that is not packed as it says, or in a way nobody knows, is a line", async () => {
    for (const packing of ["gzip", "br", "compress"]) {
      const server = serve(() => new Response("plain", { headers: { "content-encoding": packing } }));
      expect(await refusal(fetchAddress(server.at("example.com"), options()))).toContain(
        "cannot be fetched: it is ",
      );
    }
  });
});

describe("patience", () => {
  test("ends with a server that does not answer", async () => {
    const clock = new FakeClock();
    const asked = Promise.withResolvers<void>();
    const server = serve(() => {
      asked.resolve();
      return new Promise<Response>(() => {});
    });
    const told = refusal(fetchAddress(server.at("example.com"), options({ clock })));
    await asked.promise;
    await clock.advance(30_000);
    expect(await told).toContain("nothing came within 30 s");
  });

  test("ends with a name that is never found, and at once when the run ends", async () => {
    const clock = new FakeClock();
    const ended = new AbortController();
    const never = options({ clock, signal: ended.signal, lookUp: () => new Promise(() => {}) });
    const fetching = fetchAddress("http://example.com/", never);
    ended.abort(new Error("interrupted"));
    await expect(fetching).rejects.toThrow("interrupted");
    const late = refusal(
      fetchAddress("http://example.com/", { ...never, signal: new AbortController().signal }),
    );
    await clock.advance(30_000);
    expect(await late).toContain("nothing came within 30 s");
  });

  test("ends with a body that stands still", async () => {
    const clock = new FakeClock();
    const waiting = Promise.withResolvers<void>();
    let pieces = 0;
    const body = () =>
      new ReadableStream({
        pull(controller) {
          if (pieces++ === 0) return controller.enqueue(new Uint8Array(10));
          waiting.resolve();
          return new Promise<void>(() => {});
        },
      });
    const told = refusal(
      fetchAddress("http://example.com/", options({ clock, fetch: async () => new Response(body()) })),
    );
    await waiting.promise;
    await clock.advance(30_000);
    expect(await told).toContain("nothing came within 30 s");
  });
});

describe("behind a proxy", () => {
  test("names go to the proxy unresolved, which is told, and private ones are refused by their looks", async () => {
    const proxy = serve(({ url }) => new Response(`through ${url}`));
    const told: string[] = [];
    const given = options({
      env: { http_proxy: proxy.at("127.0.0.1") },
      onProxy: ({ hostname }) => told.push(hostname),
      lookUp: () => Promise.reject(new Error("looked up")),
    });
    const raw = await fetchAddress("http://example.com/a", given);
    expect(Buffer.from(raw.bytes).toString()).toBe("through http://example.com/a");
    expect(told).toEqual(["example.com"]);
    for (const address of [
      "http://localhost/",
      "http://10.0.0.1/",
      "http://printer/",
      "http://a.internal/",
    ]) {
      expect(await refusal(fetchAddress(address, given))).toContain("refused");
    }
    expect(proxy.seen).toHaveLength(1);
  });
});
