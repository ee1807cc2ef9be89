import { describe, expect, test } from "bun:test";
import { openProgress } from "../../src/terminal/progress.ts";
import { FakeClock } from "../fixtures/fake-clock.ts";

/** What is on the line after all of this was written to it. */
function lineAfter(written: readonly string[]): string {
  let line = "";
  for (const character of written.join("")) {
    if (character === "\r") line = `\r${line.replace("\r", "")}`;
    else {
      const at = line.indexOf("\r");
      line = at < 0 ? line + character : `${line.slice(0, at)}${character}\r${line.slice(at + 2)}`;
    }
  }
  return line.replace("\r", "").trimEnd();
}

function onTerminal(options: { quiet?: boolean; environment?: Record<string, string> } = {}) {
  const written: string[] = [];
  const notices: string[] = [];
  const clock = new FakeClock();
  const progress = openProgress({
    quiet: options.quiet ?? false,
    environment: options.environment ?? {},
    kind: "terminal",
    notify: (level, text) => void notices.push(`${level}: ${text}`),
    write: (text) => void written.push(text),
    clock,
  });
  return { progress, written, notices, clock };
}

describe("on a terminal", () => {
  test("the line is written over, and gone when it is over", () => {
    const { progress, written } = onTerminal();
    progress.show("loading a-long-name", 0.4);
    expect(lineAfter(written)).toBe("loading a-long-name 40 %");
    progress.show("loading b", 0.999);
    expect(lineAfter(written)).toBe("loading b 99 %");
    const before = written.length;
    progress.show("loading b", 0.9991);
    expect(written).toHaveLength(before);
    progress.show("reading");
    expect(lineAfter(written)).toBe("reading");
    progress.clear();
    expect(lineAfter(written)).toBe("");
    expect(written.join("")).toEndWith("\r");
    written.length = 0;
    progress.clear();
    expect(written).toEqual([]);
  });

  test("it has no escape sequence, and never wraps", () => {
    const { progress, written } = onTerminal();
    progress.show(`\u001b[2Jloading ${"x".repeat(300)}\n`, 0.4);
    expect(written.join("")).not.toContain("\u001b");
    expect(lineAfter(written).length).toBeLessThan(60);
    expect(lineAfter(written)).toEndWith(" 40 %");
  });
});

describe("without a terminal that can be written over", () => {
  const plain = () => onTerminal({ environment: { TERM: "dumb" } });

  test("what is over soon is not told", async () => {
    const { progress, written, notices, clock } = plain();
    progress.show("loading m", 0.1);
    await clock.advance(1_900);
    progress.clear();
    await clock.advance(60_000);
    expect([...written, ...notices]).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test("what takes longer is a line, once", async () => {
    const { progress, written, notices, clock } = plain();
    progress.show("loading m", 0.1);
    await clock.advance(1_000);
    progress.show("loading m", 0.2);
    await clock.advance(60_000);
    progress.show("loading m", 0.3);
    await clock.advance(60_000);
    expect(notices).toEqual(["warn: loading m ..."]);
    expect(written).toEqual([]);
  });
});

test("quiet means nothing at all", async () => {
  const { progress, written, notices, clock } = onTerminal({ quiet: true });
  progress.show("loading m", 0.1);
  await clock.advance(60_000);
  progress.clear();
  expect([...written, ...notices]).toEqual([]);
});
