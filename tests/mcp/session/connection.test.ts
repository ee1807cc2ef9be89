import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConnectionLost } from "../../../src/mcp/client/errors.ts";
import { connect, eventually, limits, rawServer } from "../servers.ts";

setDefaultTimeout(60_000);

describe("the handshake", () => {
  test("ends with the tools", async () => {
    await using server = connect(rawServer("good"));
    await server.connection.ready;
    expect(server.lists).toEqual([["echo", "add", "lookup", "write"]]);
    expect(server.tools()[2]?.annotations).toEqual({ readOnlyHint: true });
  });

  test("pages of tools are put together", async () => {
    await using server = connect(rawServer("paginated", "5"));
    await server.connection.ready;
    expect(server.lists).toEqual([["page0", "page1", "page2", "page3", "page4"]]);
  });

  test("of pages without an end those are taken that came first, and that is told once", async () => {
    await using server = connect(rawServer("paginated", "0"));
    await server.connection.ready;
    expect(server.lists[0]).toEqual(Array.from({ length: 64 }, (_, page) => `page${page}`));
    expect(server.complaints).toEqual(["lists its tools on more than 64 pages; the rest is left out"]);
    expect((await server.connection.call("page3", {}, limits())).content).toBe("no tool page3");
  });

  test("a server that never answers fails in time, finally so at the last try", async () => {
    await using server = connect(rawServer("hung"), { connectTimeoutMs: 200, lastTry: true });
    await expect(server.connection.ready).rejects.toThrow("no answer within 0.2 s");
    const exit = await server.running.exited;
    expect(exit).toMatchObject({ kind: "crash", error: { name: "HandshakeFailed", permanent: true } });
  });

  test("a server that dies is told by its exit, not by the request that failed", async () => {
    await using server = connect(rawServer("dying"));
    await expect(server.connection.ready).rejects.toMatchObject({ name: "ConnectionLost" });
    expect(await server.running.exited).toMatchObject({
      kind: "crash",
      error: { reason: "process_ended", cause: { exitCode: 1 } },
    });
  });

  test("a server that ends by itself with 0 ends the session normally", async () => {
    await using server = connect(rawServer("quitting"));
    await server.connection.ready;
    expect(await server.running.exited).toEqual({ kind: "normal" });
  });

  test("garbage on stdout and a flood on stderr are told once and harm nothing", async () => {
    await using server = connect(rawServer("noisy"));
    await server.connection.ready;
    expect(await server.connection.call("echo", { message: "hi" }, limits())).toMatchObject({
      content: "hi",
    });
    expect(server.complaints).toEqual(["writes what is not JSON to stdout: garbage"]);
  });

  test("a stop during the handshake ends it", async () => {
    await using server = connect(rawServer("hung"));
    server.running.stop("shutdown");
    await expect(server.connection.ready).rejects.toBeInstanceOf(ConnectionLost);
    expect(await server.running.exited).toEqual({ kind: "shutdown" });
  });
});

describe("a changed list", () => {
  test("is fetched again, and the last change is not lost", async () => {
    await using server = connect(rawServer("changing"));
    await server.connection.ready;
    await Promise.all([1, 2, 3, 4, 5].map(() => server.connection.call("grow", {}, limits())));
    await eventually("the last tool", () => server.lists.at(-1)?.includes("grown9") ?? false);
  });
});

describe("a call", () => {
  test("waits for the handshake", async () => {
    await using server = connect(rawServer("slow", "0.3"));
    const outcome = await server.connection.call("echo", { message: "late" }, limits());
    expect(outcome).toEqual({ content: "late", isError: false });
  });

  test("returns structured content, as text if there is no other", async () => {
    await using server = connect(rawServer("good"));
    const outcome = await server.connection.call("add", { a: 1, b: 2 }, limits());
    expect(outcome).toEqual({ content: '{"sum":3}', blocks: [], isError: false, structured: { sum: 3 } });
  });

  test("an error of the tool is an outcome", async () => {
    await using server = connect(rawServer("good"));
    const outcome = await server.connection.call("nothing", {}, limits());
    expect(outcome).toEqual({ content: "no tool nothing", isError: true });
  });

  test("hostile text is made visible", async () => {
    await using server = connect(rawServer("hostile"));
    const outcome = await server.connection.call("twice", {}, limits());
    expect(outcome.content).toBe("red \\u{1b}[31m and \\u{200b} nothing\n");
    expect(server.tools().map((tool) => tool.description)).toEqual([
      "hidden\\u{200b}\\u{1b}[2J\\u{202e} words",
      "The tool twice",
    ]);
  });

  test("silence is an outcome after its time", async () => {
    await using server = connect(rawServer("silent"));
    const outcome = await server.connection.call("echo", {}, limits({ idleMs: 200 }));
    expect(outcome).toMatchObject({ isError: true, content: expect.stringContaining("0.2 s") });
  });

  test("progress keeps it alive up to the total limit", async () => {
    await using server = connect(rawServer("progressing"));
    await server.connection.ready;
    const seen: number[] = [];
    const outcome = await server.connection.call(
      "echo",
      {},
      {
        ...limits({ idleMs: 800, totalMs: 2000 }),
        onProgress: ({ progress }) => seen.push(progress),
      },
    );
    expect(outcome).toMatchObject({ isError: true, content: expect.stringContaining("2 s") });
    expect(seen.length).toBeGreaterThan(1);
  });

  test("an abort ends it at once with its reason, and the server is told", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mcpchat-test-"));
    const log = join(folder, "calls");
    await using server = connect(rawServer("silent"), { env: { CALL_LOG: log } });
    await server.connection.ready;
    const controller = new AbortController();
    const call = server.connection.call("echo", {}, limits({ signal: controller.signal }));
    await eventually("the call", async () => (await readLog(log)).includes("echo"));
    const reason = new Error("the user's own");
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    await eventually("the cancellation", async () => (await readLog(log)).includes("cancelled"));
    await rm(folder, { recursive: true });
  });

  test("the death of the server ends every call, long before its limits", async () => {
    await using server = connect(rawServer("silent"));
    await server.connection.ready;
    const calls = [1, 2, 3].map(() => server.connection.call("echo", {}, limits()));
    const ends = Promise.allSettled(calls);
    await server.connection.call("echo", {}, limits({ idleMs: 50 }));
    process.kill(server.child.handle.pid, "SIGKILL");
    const results = await ends;
    for (const result of results) {
      expect(result).toMatchObject({ status: "rejected", reason: { name: "ConnectionLost" } });
    }
  });

  test("a server that does not read is given up", async () => {
    await using server = connect(rawServer("deaf"), { transport: { sendDeadlineMs: 300 } });
    await server.connection.ready;
    await eventually("deaf", () => server.child.handle.lastWords().includes("deaf now"));
    const call = server.connection.call("echo", { message: "x".repeat(5_000_000) }, limits());
    await expect(call).rejects.toMatchObject({ name: "ConnectionLost", reason: "not_reading" });
    expect(await server.running.exited).toMatchObject({ kind: "crash", error: { reason: "not_reading" } });
  });

  test("a line above the cap ends the connection, one below it does not", async () => {
    const transport = { maxLineBytes: 1_000_000 };
    await using small = connect(rawServer("huge", "900000"), { transport });
    expect((await small.connection.call("echo", {}, limits())).content).toHaveLength(200_034);
    await using large = connect(rawServer("huge", "1000001"), { transport });
    await expect(large.connection.call("echo", {}, limits())).rejects.toMatchObject({
      reason: "line_too_long",
    });
    expect(await large.running.exited).toMatchObject({ kind: "crash", error: { reason: "line_too_long" } });
  });
});

async function readLog(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}
