import { describe, expect, test } from "bun:test";
import type { TurnEvent } from "../../src/chat/events.ts";
import { type ProgressLine, withProgress } from "../../src/chat/report/progress.ts";
import { textReporter } from "../../src/chat/report/text.ts";
import { SchemaError } from "../../src/lib/errors.ts";
import { Sanitizer } from "../../src/lib/text-sanitize.ts";
import { SUMMARY, tell, texts } from "./reporting.ts";

describe("an answer of a schema", () => {
  const summary = { ...SUMMARY, data: { a: [1, "\u202e"], b: null } };

  test("is printed as the value that it says, on one line, once", async () => {
    expect((await tell("value", texts('{"a": [1,\n', '"\u202e"], "b": null}'), summary)).written).toEqual([
      '{"a":[1,"\\u202e"],"b":null}\n',
    ]);
    expect((await tell("value", texts("null"), { ...SUMMARY, data: null })).stdout()).toBe("null\n");
  });

  test("is in the object beside its text", async () => {
    expect(JSON.parse((await tell("json", [], summary)).stdout())).toMatchObject({
      text: "Hello",
      data: { a: [1, "\u202e"], b: null },
    });
    expect(JSON.parse((await tell("json", [])).stdout())).not.toHaveProperty("data");
  });

  test("that it is not leaves standard output empty", async () => {
    const error = new SchemaError("the answer does not match the schema: it is not JSON");
    const { written, notices } = await tell("value", texts("{ oops"), { ...SUMMARY, error });
    expect(written).toEqual([]);
    expect(notices).toEqual([`error: ${error.message}`]);
  });
});

describe("progress", () => {
  const LOADING: TurnEvent = { type: "progress", text: "loading m", fraction: 0.4 };

  /** Every move of the line, and of what is written beside it, in order. */
  function watched() {
    const moves: string[] = [];
    const line: ProgressLine = {
      live: true,
      show: (text, fraction) => void moves.push(`show ${text} ${fraction}`),
      clear: () => void moves.push("clear"),
    };
    const write = async (text: string) => void moves.push(`write ${text}`);
    const notice = (level: string, text: string) => void moves.push(`${level} ${text}`);
    const reporter = textReporter({ write, notice, cleaner: new Sanitizer(), answer: "streamed" });
    return { moves, reporter: withProgress(reporter, line) };
  }

  test("is gone before anything else is told", async () => {
    const { moves, reporter } = watched();
    await reporter.event(LOADING);
    await reporter.event({ type: "text", text: "Hi" });
    expect(moves).toEqual(["show loading m 0.4", "clear", "write Hi"]);
    moves.length = 0;
    reporter.notice("warn", "a server crashed");
    await reporter.finish(SUMMARY);
    expect(moves).toEqual(["clear", "warn a server crashed", "clear", "write \n"]);
  });

  test("is gone when it has come to its end, and never written over a line of the answer", async () => {
    const { moves, reporter } = watched();
    await reporter.event({ ...LOADING, fraction: 1 });
    await reporter.event({ type: "text", text: "half a line" });
    await reporter.event(LOADING);
    expect(moves).toEqual(["clear", "clear", "write half a line"]);
    await reporter.event({ type: "text", text: "\n" });
    await reporter.event(LOADING);
    expect(moves.at(-1)).toBe("show loading m 0.4");
  });

  test("is an event for who reads events, and a notice too", async () => {
    const { written, notices } = await tell("ndjson", [LOADING, { type: "notice", text: "no top_k\u0007" }]);
    expect(written.slice(0, 2).map((line) => JSON.parse(line))).toEqual([
      { type: "progress", text: "loading m", fraction: 0.4 },
      { type: "notice", level: "warn", text: "no top_k" },
    ]);
    expect(notices).toEqual(["warn: no top_k\u0007"]);
    expect((await tell("text", [LOADING])).notices).toEqual([]);
    expect((await tell("json", [LOADING, { type: "notice", text: "no top_k" }])).notices).toEqual([
      "warn: no top_k",
    ]);
  });
});
