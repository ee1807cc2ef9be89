/** Standard output carries the answer and nothing else, with exactly one newline at its end. */
import { describe, expect, onTestFinished, test } from "bun:test";
import { framesOf } from "../fixtures/model-server/frames.ts";
import type { Wire } from "../fixtures/model-server/record.ts";
import { says, type Turn } from "../fixtures/model-server/script.ts";
import { expectSilentSuccess } from "./complaint.ts";
import { Home, homeWithModel, WIRES } from "./harness.ts";

const HUGE = Array.from({ length: 50 }, (_, index) => `${index} ${"huge ".repeat(21_000)}\n`);

/** A provider whose bytes arrive in pieces of `size`, wherever that cuts them. */
function startSlicedProvider(text: string, size: number): string {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      const wire: Wire = request.url.endsWith("/messages") ? "anthropic" : "openai";
      const { opening, pieces, closing } = framesOf(wire, { kind: "answer", text }, "sliced");
      const bytes = new TextEncoder().encode([...opening, ...pieces, ...closing].join(""));
      const slices = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        bytes.subarray(index * size, (index + 1) * size),
      );
      return new Response(flushed(slices), { headers: { "content-type": "text/event-stream" } });
    },
  });
  onTestFinished(() => server.stop(true));
  return `http://127.0.0.1:${server.port}`;
}

function flushed(slices: readonly Uint8Array[]): ReadableStream {
  return new ReadableStream({
    type: "direct",
    async pull(controller) {
      for (const slice of slices) {
        await controller.write(slice);
        await controller.flush();
      }
      controller.close();
    },
  });
}

describe.each(WIRES)("the answer of %s", (wire) => {
  test.each<[string, Turn, string, string]>([
    ["that is empty", says([]), "\n", "mcpchat: the answer is empty\n"],
    ["of newlines alone", says(["\n\n", "\n"]), "\n", "mcpchat: the answer is empty\n"],
    [
      "that is cut at the limit",
      { kind: "answer", text: "Par", stopReason: "max_tokens" },
      "Par\n",
      "mcpchat: the answer was cut at the limit of tokens; raise it with --max-tokens\n",
    ],
    [
      "that is refused",
      { kind: "answer", text: "I", stopReason: "refusal" },
      "I\n",
      "mcpchat: the model refused to answer, or to go on\n",
    ],
  ])("%s is warned of on stderr", async (_, turn, stdout, stderr) => {
    const { home } = homeWithModel([turn]);
    const result = await home.run(["-m", `${wire}/any`, "question"]);
    expect(result).toMatchObject({ code: 0, stdout, stderr });
  });

  test.each([
    ["of one piece", ["Paris."], "Paris.\n"],
    ["of many pieces", ["Pa", "ri", "s", "."], "Paris.\n"],
    ["that ends in a newline", ["Paris.\n"], "Paris.\n"],
    ["that ends in newlines over several pieces", ["Paris.", "\n", "\n\n"], "Paris.\n"],
    ["with empty lines inside", ["a\n", "\n", "b\n", "\n"], "a\n\nb\n"],
    ["with spaces around", ["  a  "], "  a  \n"],
    ["of many scripts", ["日本", "語 🦊 ", "é"], "日本語 🦊 é\n"],
    ["of 5 MB", HUGE, HUGE.join("")],
  ])("%s is printed as it is", async (_, pieces, expected) => {
    const { home } = homeWithModel([says(pieces)]);
    const result = await home.shell(`mcpchat -m ${wire}/any question < /dev/null > out`);
    expectSilentSuccess(result);
    const printed = await Bun.file(`${home.work}/out`).text();
    expect(printed.length).toBe(expected.length);
    expect(printed === expected).toBe(true);
  });

  test.each([1, 3, 7])("in slices of %i bytes loses no character", async (size) => {
    const url = startSlicedProvider("日本語 🦊🏽 ñandú", size);
    const home = new Home({
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_API_KEY: "key",
      OPENAI_BASE_URL: `${url}/v1`,
      OPENAI_API_KEY: "key",
    });
    const result = await home.run(["-m", `${wire}/any`, "question"]);
    expectSilentSuccess(result);
    expect(result.stdout).toBe("日本語 🦊🏽 ñandú\n");
  });

  test("is streamed as it arrives", async () => {
    const { home } = homeWithModel([{ kind: "answer", text: ["first ", "second"], ending: "stall" }]);
    const program = home.start(["-m", `${wire}/any`, "question"]);
    await program.until("stdout", "first second");
  });

  test("comes whole with --no-stream", async () => {
    const { home } = homeWithModel();
    const program = home.start(["-m", `${wire}/slow-20`, "--no-stream", "question"]);
    await program.until("stdout", "word1");
    expect(program.stdout).toEndWith("word20 \n");
    expectSilentSuccess(await program.exited);
  });
});

describe.each(WIRES)("control characters of %s", (wire) => {
  const hostile = ["a\u001b[3", "1mred\u001b[0m", "\u0007\u0008b\u001b]0;title\u0007\r", "c\u202ed\u009b2J"];

  test("are taken out of the text", async () => {
    const { home } = homeWithModel([says(hostile)]);
    const { stdout } = await home.run(["-m", `${wire}/any`, "question"]);
    expect(stdout).toBe("aredb\ncd\n");
  });

  test("are taken out of JSON", async () => {
    const { home } = homeWithModel([says(hostile)]);
    const { stdout } = await home.run(["-m", `${wire}/any`, "--json", "question"]);
    expect(JSON.parse(stdout).text).toBe("aredb\ncd");
  });

  test("are taken out of every line of ndjson", async () => {
    const { home } = homeWithModel([says(hostile)]);
    const { stdout } = await home.run(["-m", `${wire}/any`, "-o", "ndjson", "question"]);
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const told = events.filter(({ type }) => type === "text").map(({ text }) => text);
    expect(told.join("")).toBe("aredb\ncd");
    expect(events.at(-1).text).toBe("aredb\ncd");
  });

  test.each([
    ["text", [], (stdout: string) => stdout],
    ["JSON", ["--json"], (stdout: string) => `${JSON.parse(stdout).text}\n`],
  ])("stay in %s with --raw", async (_, args, textOf) => {
    const { home } = homeWithModel([says(hostile)]);
    const { stdout } = await home.run(["-m", `${wire}/any`, "--raw", ...args, "question"]);
    expect(textOf(stdout)).toBe(`${hostile.join("")}\n`);
  });

  test("of an error are taken out of its line", async () => {
    const { home } = homeWithModel([
      { kind: "error", failure: "bad_request", message: "a\u001b[31mb\u0007\n\nmcpchat: forged" },
    ]);
    const { code, stderr } = await home.run(["-m", `${wire}/any`, "question"]);
    expect(code).toBe(4);
    expect(stderr.split("\n")).toHaveLength(2);
    expect(stderr).not.toContain("\u001b");
  });
});
