/** What a person hears of the crashes of the inference process. */
import { expect, test } from "bun:test";
import type { HostEnd } from "../../src/models/host-child.ts";
import { HostLives } from "../../src/models/lives.ts";
import { FakeClock } from "../fixtures/fake-clock.ts";

function setUp() {
  const clock = new FakeClock();
  const notices: string[] = [];
  return { clock, notices, lives: new HostLives((level, text) => notices.push(`${level}: ${text}`), clock) };
}

const end = (changes: Partial<HostEnd> = {}): HostEnd => ({
  problem: { code: "crashed", message: "crashed" },
  reason: "signal SIGSEGV",
  words: "",
  asked: false,
  ...changes,
});

test("a crash that nobody felt is told when the process is back, with the time that it took", async () => {
  const { lives, clock, notices } = setUp();
  lives.down(end(), false);
  await clock.advance(120);
  lives.up();
  lives.up();
  expect(notices).toEqual(["warn: the inference process crashed (signal SIGSEGV), restarted in 120 ms"]);
});

test("a crash that somebody was told of is not told again", () => {
  const { lives, notices } = setUp();
  lives.down(end(), true);
  lives.up();
  expect(notices).toEqual([]);
});

test("of several before it is back, one that nobody felt is enough", () => {
  const { lives, notices } = setUp();
  lives.down(end(), true);
  lives.down(end({ reason: "exit 3" }), false);
  lives.up();
  expect(notices).toEqual(["warn: the inference process crashed (exit 3), restarted in 0 ms"]);
});

test("an end that was asked for is none", () => {
  const { lives, notices } = setUp();
  lives.down(end({ asked: true }), false);
  lives.up();
  expect(notices).toEqual([]);
});

test("what it is given up for is told though it was told before", () => {
  const { lives } = setUp();
  lives.down(end({ words: "no room" }), true);
  expect(lives.tooOften().message).toBe("the inference process crashed too often (signal SIGSEGV): no room");
});
