import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { TurnEvent, TurnResult } from "../../src/chat/events.ts";
import { LimitError, UserError } from "../../src/lib/errors.ts";
import { sanitize } from "../../src/lib/text-sanitize.ts";
import { CALL, RESULT, reporting, SUMMARY, tell, texts } from "./reporting.ts";

describe("text", () => {
  test("is written as it comes, with exactly one newline at the end", async () => {
    const { written } = await tell("text", texts("Hel", "lo", "\n", "\n"));
    expect(written).toEqual(["Hel", "lo", "\n"]);
  });

  test.each([
    [["a", "\n\n", "b"], "a\n\nb\n"],
    [["\n", "a"], "\na\n"],
    [["a\u001b[3", "1mb\u0007\r\n"], "ab\n"],
    [[], "\n"],
    [[""], "\n"],
  ])("%j", async (pieces, stdout) => {
    expect((await tell("text", texts(...pieces))).stdout()).toBe(stdout);
  });

  test("however it is cut, and streamed or held, it comes out the same", async () => {
    const piece = fc.string({ unit: fc.constantFrom(..."ab\n\r\t\u001b["), maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 6 }), async (pieces) => {
        const whole = `${sanitize(pieces.join("")).replace(/\n+$/, "")}\n`;
        expect((await tell("text", texts(...pieces))).stdout()).toBe(whole);
        expect((await tell("held", texts(...pieces))).stdout()).toBe(whole);
      }),
      { numRuns: 300 },
    );
  });

  test.each<[Partial<TurnResult>, string[]]>([
    [
      { stopReason: "max_tokens" },
      ["warn: the answer was cut at the limit of tokens; raise it with --max-tokens"],
    ],
    [
      { stopReason: "max_tokens", text: "" },
      ["warn: the answer was cut at the limit of tokens; raise it with --max-tokens"],
    ],
    [{ stopReason: "refusal", text: "" }, ["warn: the model refused to answer, or to go on"]],
    [{ text: " \n" }, ["warn: the answer is empty"]],
    [{ text: "", tools: [] }, ["warn: the answer is empty"]],
    [{ stopReason: "other" }, []],
    [{}, []],
  ])("%j has so much to be said of it, once", async (more, expected) => {
    for (const form of ["text", "held"] as const) {
      const summary = { ...SUMMARY, result: { ...RESULT, ...more } };
      expect((await tell(form, texts("x"), summary)).notices).toEqual(expected);
      expect((await tell("json", texts("x"), summary)).notices).toEqual([]);
    }
  });

  test("of a failure nothing else is said", async () => {
    const error = new UserError("it broke", "broken", 5);
    const { notices } = await tell("text", [], { ...SUMMARY, result: { ...RESULT, text: "" }, error });
    expect(notices).toEqual(["error: it broke"]);
  });

  test("held back, it is written once", async () => {
    expect((await tell("held", texts("a", "b\n"))).written).toEqual(["ab\n"]);
  });

  test("a failure after some text ends the line; without any, stdout stays empty", async () => {
    const error = new UserError("it broke", "broken", 5, "try again");
    const cut = await tell("text", texts("Hel"), { ...SUMMARY, error });
    expect(cut.stdout()).toBe("Hel\n");
    expect(cut.notices).toEqual(["error: it broke; try again"]);
    expect((await tell("text", [], { ...SUMMARY, error })).written).toEqual([]);
  });

  test("what happens beside the answer is a line each", async () => {
    const { notices } = await tell("text", [
      { type: "retry", attempt: 2, delayMs: 1240, reason: "overloaded" },
      { type: "tool_call", ...CALL, arguments: { path: "x".repeat(300) } },
      { type: "tool_denied", ...CALL, reason: "no" },
      { type: "tool_result", ...CALL, ok: false, ms: 12, content: "it\n broke" },
      { type: "tool_result", ...CALL, ok: true, ms: 12, content: "fine" },
    ]);
    expect(notices[1]).toHaveLength("info: calling s/t ".length + 200);
    expect(notices.toSpliced(1, 1)).toEqual([
      "warn: overloaded; trying again in 1.2 s (attempt 2)",
      "warn: s/t was denied: no",
      "warn: s/t failed after 12 ms: it broke",
    ]);
  });
});

describe("json", () => {
  test("has the keys of the contract, and nothing comes before it", async () => {
    const { written } = await tell("json", texts("Hel", "lo"));
    expect(written).toHaveLength(1);
    expect(JSON.parse(written[0] ?? "")).toEqual({
      session: "id",
      provider: "loop",
      model: "m",
      text: "Hello",
      stop_reason: "end",
      usage: { input: 1, output: 2, cache_read: 3, cache_write: 4 },
      cost_usd: null,
      ttft_ms: 5,
      duration_ms: 10,
      tools: [{ server: "s", name: "t", arguments: { a: 1 }, ok: true, ms: 7 }],
      servers: [{ name: "s", state: "failed", ms: 8, error: "exit 1" }],
    });
    expect(written[0]).toEndWith("}\n");
  });

  test("a run that failed early has every key too, and the error", async () => {
    const error = new UserError("it broke", "broken", 5, "try again");
    const { stdout, notices } = await tell("json", [], { servers: [], durationMs: 1, error });
    expect(JSON.parse(stdout())).toMatchObject({
      session: null,
      provider: null,
      model: null,
      text: "",
      stop_reason: "error",
      ttft_ms: null,
      usage: { input: 0, output: 0, cache_read: 0, cache_write: 0 },
      tools: [],
      servers: [],
      error: { code: "broken", message: "it broke", advice: "try again", exit_code: 5 },
    });
    expect(notices).toEqual(["error: it broke; try again"]);
  });

  test.each(["json", "ndjson"] as const)("%s: a denial and a retry are told on stderr too", async (form) => {
    const { notices } = await tell(form, [
      { type: "retry", attempt: 2, delayMs: 1240, reason: "overloaded" },
      { type: "tool_denied", ...CALL, reason: "no" },
    ]);
    expect(notices).toEqual([
      "warn: overloaded; trying again in 1.2 s (attempt 2)",
      "warn: s/t was denied: no",
    ]);
  });

  test("a failure in mid-answer keeps the partial text, made harmless", async () => {
    const result = { ...RESULT, text: "Hel\u001b[31mlo\n\n", stopReason: "limit" as const };
    const error = new LimitError("too long", "timeout");
    const { stdout } = await tell("json", [], { ...SUMMARY, result, error });
    expect(JSON.parse(stdout())).toMatchObject({
      text: "Hello",
      stop_reason: "limit",
      error: { exit_code: 8 },
    });
  });
});

describe("ndjson", () => {
  const events: TurnEvent[] = [
    { type: "request", number: 1, provider: "loop", model: "m" },
    { type: "thinking", text: "hm\u0007" },
    ...texts("Hel", "lo\u001b", "[31m"),
    { type: "tool_call", ...CALL, arguments: { a: 1 } },
    { type: "tool_progress", ...CALL, progress: 1, total: 2, message: "half" },
    { type: "tool_result", ...CALL, ok: true, ms: 1, content: "red\u001b[31m" },
    { type: "retry", attempt: 1, delayMs: 10.6, reason: "busy" },
    { type: "usage", usage: RESULT.usage },
  ];

  test("is an object a line, as it happens, and the last says how it ended", async () => {
    const { written } = await tell("ndjson", events);
    expect(written.every((line) => line.endsWith("\n") && !line.slice(0, -1).includes("\n"))).toBe(true);
    const lines = written.map((line) => JSON.parse(line));
    expect(lines.slice(0, 5)).toEqual([
      events[0],
      { type: "thinking", text: "hm" },
      { type: "text", text: "Hel" },
      { type: "text", text: "lo" },
      { type: "text", text: "" },
    ]);
    expect(lines[7]).toMatchObject({ type: "tool_result", content: "red" });
    expect(lines[8]).toEqual({ type: "retry", attempt: 1, delay_ms: 11, reason: "busy" });
    expect(lines[9]).toEqual({ type: "usage", input: 1, output: 2, cache_read: 3, cache_write: 4 });
    expect(lines.at(-1)).toMatchObject({ type: "done", text: "Hello", session: "id" });
  });

  test("a failure is the last line, and a notice is a line of its own", async () => {
    const { reporter, written } = reporting("ndjson");
    reporter.notice("warn", "slow");
    await reporter.finish({ servers: [], durationMs: 1, error: new UserError("it broke", "broken", 5) });
    const lines = written.map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { type: "notice", level: "warn", text: "slow" },
      { type: "error", error: { code: "broken", exit_code: 5 } },
    ]);
  });
});
