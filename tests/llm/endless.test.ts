/** A far end that sends without end is taken no more of than an answer can have. */
import { describe, expect, test } from "bun:test";
import { Backlog, TooLargeError } from "../../src/llm/bounds.ts";
import { ask, failureOf, providerAt, WIRES } from "./ask.ts";

const MEGABYTE = 1024 * 1024;

/** Sends `piece` until whoever asked hangs up; `hungUp` resolves with how many bytes were taken. */
function endless(piece: string, init: ResponseInit) {
  const bytes = new TextEncoder().encode(piece);
  const hungUp = Promise.withResolvers<number>();
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    fetch() {
      let sent = 0;
      const body = new ReadableStream({
        async pull(controller) {
          // Lets the server see that its client has gone.
          await new Promise<void>((resolve) => setImmediate(resolve));
          sent += bytes.byteLength;
          controller.enqueue(bytes);
        },
        cancel: () => hungUp.resolve(sent),
      });
      return new Response(body, init);
    },
  });
  return {
    url: server.url.href.replace(/\/$/, ""),
    openaiUrl: `${server.url.href}v1`,
    hungUp: hungUp.promise,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

const stream = { headers: { "content-type": "text/event-stream" } };

describe.each([...WIRES])("%s", (wire) => {
  test.each([
    ["a line", "x".repeat(64 * 1024), stream, "one event of more than 16 MB"],
    ["an event of many lines", `data: ${"x".repeat(64 * 1024)}\n`, stream, "one event of more than 16 MB"],
    [
      "a document",
      `${"x".repeat(64 * 1024)}\n\n`,
      { headers: { "content-type": "application/json" } },
      "a document of more than 16 MB",
    ],
  ])(
    "%s that never ends is no answer",
    async (_, piece, init, words) => {
      await using server = endless(piece, init);
      const error = failureOf(await ask(providerAt(wire, server)));
      expect(error.kind).toBe("protocol");
      expect(error.message).toEndWith(words);
      expect(await server.hungUp).toBeGreaterThan(16 * MEGABYTE);
    },
    60_000,
  );

  test("of an error without end the beginning is told", async () => {
    await using server = endless("down for repairs ".repeat(4096), { status: 500 });
    const error = failureOf(await ask(providerAt(wire, server)));
    expect(error).toMatchObject({ kind: "server", status: 500 });
    expect(error.message).toContain("failed (500): down for repairs down");
    await server.hungUp;
  }, 60_000);
});

describe("what is not dealt with", () => {
  const quarter = new Uint8Array(4 * MEGABYTE).fill(120);
  const end = (text: string) => new TextEncoder().encode(text);

  test.each([
    [["\n\n"]],
    [["\r\n\r\n"]],
    [["\r\r"]],
    [["\n", "\n"]],
    [["\r\n", "\r\n"]],
    [["\r\n\r", "\n"]],
    [["\r", "\n", "\r", "\n"]],
  ])("begins anew after %j", (pieces) => {
    const backlog = new Backlog("stream");
    for (let round = 0; round < 3; round++) {
      for (let part = 0; part < 3; part++) backlog.add(quarter);
      for (const piece of pieces) backlog.add(end(piece));
    }
  });

  test("goes on after the end of a line", () => {
    const backlog = new Backlog("stream");
    for (let part = 0; part < 3; part++) {
      backlog.add(quarter);
      backlog.add(end("\r\n"));
    }
    expect(() => backlog.add(quarter)).toThrow(TooLargeError);
  });
});
