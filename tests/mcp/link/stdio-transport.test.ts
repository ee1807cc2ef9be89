import { describe, expect, test } from "bun:test";
import { StdioTransport, type TransportOptions } from "../../../src/mcp/client/link/stdio-transport.ts";

/** A transport over a process that does and ends as the test says. */
function setUp(options: TransportOptions = {}) {
  const output = new TransformStream<Uint8Array, Uint8Array>();
  const writer = output.writable.getWriter();
  const exit = Promise.withResolvers<{ kind: string; error?: unknown }>();
  const written: string[] = [];
  const process = {
    pid: 4711,
    stdout: output.readable,
    lastWords: () => [],
    write: async (data: string) => void written.push(data),
    exited: exit.promise,
  };
  const transport = new StdioTransport(process, options);
  const received: unknown[] = [];
  transport.onmessage = (message) => received.push(message);
  const write = (data: string | Uint8Array) =>
    writer.write(typeof data === "string" ? new TextEncoder().encode(data) : data);
  return { transport, process, received, written, exit, write, endOutput: () => writer.close() };
}

const message = (method: string) => ({ jsonrpc: "2.0" as const, method });
const line = (value: unknown) => `${JSON.stringify(value)}\n`;

describe("receiving", () => {
  test("takes messages and batches in whatever pieces, with either line end", async () => {
    const { transport, received, write, endOutput } = setUp();
    await transport.start();
    const data = new TextEncoder().encode(
      `${JSON.stringify(message("grüße"))}\r\n${line([message("a"), message("b")])}`,
    );
    for (const byte of data) await write(Uint8Array.of(byte));
    await endOutput();
    await transport.lost;
    expect(received).toEqual([message("grüße"), message("a"), message("b")]);
  });

  test("skips what is not JSON-RPC, counts it, and tells it once", async () => {
    const told: string[] = [];
    const { transport, received, write, endOutput } = setUp({ onNoise: (text) => told.push(text) });
    await transport.start();
    await write(`hello\n\n  \n{"half": \n[1]\nnull\n{"jsonrpc":"1.0"}\n${line(message("a"))}`);
    await endOutput();
    await transport.lost;
    expect(received).toEqual([message("a")]);
    expect(transport.noise).toBe(5);
    expect(told).toEqual(["hello"]);
  });

  test("is over after line upon line without a message, and takes none that follows", async () => {
    const { transport, received, write } = setUp();
    await transport.start();
    await write(`${line(message("a"))}${"y\n".repeat(50_000)}${line(message("b"))}`);
    await write(`${"\n".repeat(50_000)}${"y\n".repeat(50_001)}${line(message("c"))}`);
    expect((await transport.lost).reason).toBe("no_messages");
    expect(received).toEqual([message("a"), message("b")]);
  });

  test("a handler that throws does not end it", async () => {
    const { transport, write, endOutput } = setUp();
    const errors: string[] = [];
    transport.onerror = (error) => errors.push(error.message);
    transport.onmessage = () => {
      throw new Error("handler");
    };
    await transport.start();
    await write(line(message("a")) + line(message("b")));
    await endOutput();
    await transport.lost;
    expect(errors).toEqual(["handler", "handler"]);
  });
});

describe("the end", () => {
  test("of the process comes with its error, after its last message, though somebody closes meanwhile", async () => {
    const { transport, received, write, endOutput, exit } = setUp();
    let closes = 0;
    transport.onclose = () => {
      closes += 1;
    };
    await transport.start();
    const error = new Error("exit 1");
    exit.resolve({ kind: "crash", error });
    const closed = transport.close();
    await write(line(message("last")));
    await endOutput();
    await closed;
    expect(await transport.lost).toMatchObject({ reason: "process_ended", cause: error });
    expect(received).toEqual([message("last")]);
    expect(closes).toBe(1);
  });

  test("of the output alone is told as that", async () => {
    const { transport, endOutput } = setUp();
    await transport.start();
    await endOutput();
    expect(await transport.lost).toMatchObject({ reason: "output_closed" });
  });

  test("asked for is told as that, and nothing is received or sent afterwards", async () => {
    const { transport, received, write, written } = setUp();
    await transport.start();
    await transport.close();
    expect(await transport.lost).toMatchObject({ reason: "stopped" });
    await write(line(message("late")));
    await expect(transport.send(message("late"))).rejects.toMatchObject({ reason: "stopped" });
    expect(received).toEqual([]);
    expect(written).toEqual([]);
  });
});

test("is known to the SDK as a stdio transport", () => {
  const { transport } = setUp();
  expect("stderr" in transport && transport.pid).toBe(4711);
});
