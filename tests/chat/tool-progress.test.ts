import { describe, expect, test } from "bun:test";
import type { TurnEvent } from "../../src/chat/events.ts";
import { withProgress } from "../../src/chat/report/progress.ts";
import { textReporter } from "../../src/chat/report/text.ts";
import { type ToolNews, toolProgress } from "../../src/chat/report/tool-progress.ts";
import { Sanitizer } from "../../src/lib/text-sanitize.ts";
import { FakeClock } from "../fixtures/fake-clock.ts";
import { SUMMARY } from "./reporting.ts";

function scriptedLine(live = true) {
  const moves: string[] = [];
  const line = {
    live,
    show: (text: string, fraction?: number) => void moves.push(`${text} (${fraction})`),
    clear: () => void moves.push("clear"),
  };
  return { moves, line };
}

const news = (progress: number, more: Partial<ToolNews> = {}): ToolNews => ({
  server: "files",
  name: "copy",
  progress,
  ...more,
});

describe("the progress of a tool", () => {
  test.each([
    ["a bar and the message", news(3, { total: 6, message: "half" }), "files/copy [#####-----] half (0.5)"],
    ["the count where the whole is not known", news(3), "files/copy 3  (undefined)"],
    ["the count for a whole that is none", news(0.1 + 0.2, { total: 0 }), "files/copy 0.3  (undefined)"],
    ["no more than all", news(9, { total: 6 }), "files/copy [##########]  (1)"],
    ["no less than nothing", news(-9, { total: 6 }), "files/copy [----------]  (0)"],
  ])("is %s", (_what, given, shown) => {
    const { moves, line } = scriptedLine();
    toolProgress(line).tell(given);
    expect(moves).toEqual([shown]);
  });

  test("is drawn ten times a second at most, and then as it is at last", async () => {
    const { moves, line } = scriptedLine();
    const clock = new FakeClock();
    const progress = toolProgress(line, { clock });
    for (let step = 1; step <= 50; step++) progress.tell(news(step));
    expect(moves).toEqual(["files/copy 1  (undefined)"]);
    await clock.advance(100);
    expect(moves.at(-1)).toBe("files/copy 50  (undefined)");
    expect(moves).toHaveLength(2);
  });

  test("is not drawn once it is cleared, while it is held back, or where nothing can be written over", async () => {
    const { moves, line } = scriptedLine();
    const clock = new FakeClock();
    const progress = toolProgress(line, { clock });
    progress.tell(news(1));
    progress.tell(news(2));
    progress.clear();
    await clock.advance(1000);
    expect(moves).toEqual(["files/copy 1  (undefined)", "clear"]);
    toolProgress(line, { held: () => true }).tell(news(3));
    expect(moves).toHaveLength(2);
    const pipe = scriptedLine(false);
    toolProgress(pipe.line).tell(news(1));
    expect(pipe.moves).toEqual([]);
  });
});

test("a reporter shows the progress of tools until they end, and nothing in the middle of a line", async () => {
  const { moves, line } = scriptedLine();
  const write = async (text: string) => void moves.push(`write ${text}`);
  const notice = (_level: string, text: string) => void moves.push(text);
  const reporter = withProgress(
    textReporter({ write, notice, cleaner: new Sanitizer(), answer: "streamed" }),
    line,
    { clock: new FakeClock() },
  );
  const call = { id: "1", server: "files", name: "copy" };
  const step: TurnEvent = { type: "tool_progress", ...call, progress: 1 };
  await reporter.event({ type: "text", text: "half a line" });
  await reporter.event(step);
  await reporter.event({ type: "tool_call", ...call, arguments: {} });
  await reporter.event(step);
  await reporter.event({ type: "tool_result", ...call, ok: true, ms: 5, content: "" });
  await reporter.finish(SUMMARY);
  await reporter.event(step);
  expect(moves).toEqual([
    "clear",
    "write half a line",
    "clear",
    "calling files/copy {}",
    "files/copy 1  (undefined)",
    "clear",
    "clear",
    "write \n",
  ]);
});
