import { describe, expect, test } from "bun:test";
import type { NoticeLevel } from "../../src/lib/notice.ts";
import { type NoticeOptions, openNotices } from "../../src/terminal/notices.ts";

const LEVELS: NoticeLevel[] = ["info", "warn", "error"];

function shown(loudness: { quiet?: boolean; verbose?: boolean }, options: NoticeOptions): string[] {
  const lines: string[] = [];
  const notify = openNotices(loudness, { environment: {}, ...options, write: (line) => lines.push(line) });
  for (const level of LEVELS) notify(level, `an ${level}`);
  return lines;
}

describe("notices", () => {
  test("are one line each, and written when the call returns", () => {
    const lines: string[] = [];
    const notify = openNotices({}, { environment: {}, kind: "pipe", write: (line) => lines.push(line) });
    notify("error", "server files\n  crashed; see its log");
    expect(lines).toEqual(["mcpchat: server files crashed; see its log\n"]);
    notify("error", "server files\n  crashed; see its log");
    expect(lines).toHaveLength(2);
  });

  test("go from information to errors, as the flags and the terminal say", () => {
    const all = LEVELS.map((level) => `mcpchat: an ${level}\n`);
    expect(shown({}, { kind: "terminal", environment: { NO_COLOR: "1" } })).toEqual(all);
    expect(shown({}, { kind: "pipe" })).toEqual(all.slice(1));
    expect(shown({ verbose: true }, { kind: "pipe" })).toEqual(all);
    expect(shown({ quiet: true }, { kind: "terminal", environment: { NO_COLOR: "1" } })).toEqual(
      all.slice(2),
    );
    expect(shown({ quiet: true, verbose: true }, { kind: "pipe" })).toEqual(all.slice(2));
  });

  test("have colours on a terminal alone, and no escape sequence of a server anywhere", () => {
    const lines: string[] = [];
    const options: NoticeOptions = { environment: {}, kind: "terminal", write: (line) => lines.push(line) };
    openNotices({}, options)("error", "it said \x1b[2J\x1b]0;x\x07boo");
    expect(lines).toEqual(["\x1b[31mmcpchat:\x1b[0m it said boo\n"]);
    expect(shown({}, { kind: "pipe" }).join("")).not.toContain("\x1b");
  });
});
