import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { UsageError } from "../../src/lib/errors.ts";
import { hasPipedInput, readStdin, type StdinOptions } from "../../src/terminal/stdin.ts";
import { FakeClock } from "../fixtures/fake-clock.ts";

const PROGRAM = join(import.meta.dir, "../fixtures/terminal/streams.ts");

/** Runs the program under a shell line in which `$P` stands for it. */
async function shell(line: string): Promise<{ out: string; err: string; code: number }> {
  const child = Bun.spawn(["sh", "-c", line.replaceAll("$P", `"${process.execPath}" "${PROGRAM}"`)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { out, err, code };
}

async function* chunks(...texts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield typeof text === "string" ? new TextEncoder().encode(text) : text;
}

function options(changes: Partial<StdinOptions>): StdinOptions {
  return { notify: () => {}, signal: new AbortController().signal, kind: "pipe", ...changes };
}

describe("piped input", () => {
  test("is a pipe, a file or a socket; not a terminal, /dev/null or a closed stream", () => {
    expect((["pipe", "file", "socket"] as const).every(hasPipedInput)).toBe(true);
    expect((["terminal", "none"] as const).some(hasPipedInput)).toBe(false);
  });

  test("is read to its end, characters that are cut in two included", async () => {
    const [first, second] = [new Uint8Array([0x68, 0xc3]), new Uint8Array([0xa9])];
    expect(await readStdin(options({ chunks: chunks(first, second, "!") }))).toBe("hé!");
    expect(await readStdin(options({ chunks: chunks() }))).toBe("");
    expect(await readStdin(options({ kind: "terminal" }))).toBeUndefined();
  });

  test("fails when it is not UTF-8, cut off in a character, or too large", async () => {
    const read = (changes: Partial<StdinOptions>) => readStdin(options(changes)).catch((error) => error);
    const bad = await read({ chunks: chunks(new Uint8Array([0xff, 0xfe])) });
    const cut = await read({ chunks: chunks(new Uint8Array([0xc3])) });
    const large = await read({ chunks: chunks("12345", "67890"), limit: 9 });
    for (const error of [bad, cut, large]) expect(error).toBeInstanceOf(UsageError);
    expect(bad.message).toContain("UTF-8");
    expect(large.message).toBe("standard input is larger than 9 B");
    const key = await read({ chunks: chunks("x".repeat(65_537)), limit: 65_536 });
    expect(key.message).toBe("standard input is larger than 66 kB");
  });

  test("that stays silent for a second is told once, and then still read", async () => {
    const clock = new FakeClock();
    const notices: string[] = [];
    const late = Promise.withResolvers<string>();
    async function* slow() {
      yield* chunks(await late.promise);
    }
    const read = readStdin(options({ clock, chunks: slow(), notify: (_level, text) => notices.push(text) }));
    await clock.advance(999);
    expect(notices).toEqual([]);
    await clock.advance(60_000);
    expect(notices).toEqual(["waiting for standard input to end; --no-stdin skips it"]);
    late.resolve("late");
    expect(await read).toBe("late");
  });

  test("is given up when the signal aborts", async () => {
    const controller = new AbortController();
    async function* never(): AsyncGenerator<Uint8Array> {
      await new Promise(() => {});
      yield new Uint8Array();
    }
    const read = readStdin(options({ signal: controller.signal, chunks: never() }));
    const reason = new Error("interrupted");
    controller.abort(reason);
    expect(await read.catch((error) => error)).toBe(reason);
  });
});

describe("the streams of a real process", () => {
  test.each([
    ["a pipe", "printf text | $P", "text", "kinds pipe"],
    ["a pipe that comes late", "(sleep 0.3; printf text) | $P", "text", "kinds pipe"],
    ["/dev/null", "$P </dev/null", "nothing", "kinds none"],
    ["a closed stream", "$P <&-", "nothing", "kinds none"],
    ["an empty pipe", ": | $P", "", "kinds pipe"],
  ])("read %s", async (_name, line, out, kinds) => {
    const result = await shell(line);
    expect([result.out, result.code]).toEqual([out, 0]);
    expect(result.err).toStartWith(kinds);
  });

  test("read a file from where the shell left it", async () => {
    const path = join(import.meta.dir, "stdin.test.ts");
    const rest = await shell(`(read first; $P) < "${path}"`);
    const whole = await Bun.file(path).text();
    expect(rest.out).toBe(whole.slice(whole.indexOf("\n") + 1));
    expect(rest.err).toStartWith("kinds file");
  });

  test("end with 141 and without a word when the reader leaves", async () => {
    const { out, err } = await shell(`(yes | head -c 100000 | $P 100; echo code $? >&2) | head -c 2`);
    expect(out).toBe("y\n");
    expect(err).toBe("kinds pipe pipe\ncode 141\n");
  });
});
