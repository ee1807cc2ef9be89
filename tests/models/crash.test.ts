import { expect, test } from "bun:test";
import { endProblem, endReason } from "../../src/models/crash.ts";
import { ProcessCrash } from "../../src/process/errors.ts";
import type { ProcessExit } from "../../src/process/exit.ts";

const crash = (
  exitCode: number | undefined,
  signal: string | undefined,
  ...lastWords: string[]
): ProcessExit => ({
  kind: "crash",
  error: new ProcessCrash(exitCode, signal, lastWords),
});
const quiet = { memoryRanOut: false, memoryIsLow: false };

test.each<[ProcessExit, boolean, string]>([
  [crash(undefined, "SIGSEGV"), false, "the inference process crashed (signal SIGSEGV)"],
  [crash(3, undefined, "first", "last"), false, "the inference process crashed (exit 3): last"],
  [
    crash(undefined, "SIGABRT", "GGML_ASSERT(n > 0) failed", "#1 0x1 in main", "#2 0x2"),
    false,
    "the inference process crashed (signal SIGABRT): GGML_ASSERT(n > 0) failed",
  ],
  [
    crash(1, undefined, "error: \u001b[31mbad\u001b[0m\tthing"),
    false,
    "the inference process crashed (exit 1): error: bad thing",
  ],
  [crash(undefined, "SIGKILL", "some error"), false, "the inference process crashed (killed by SIGKILL)"],
  [crash(undefined, "SIGKILL"), true, "the inference process crashed (SIGKILL: out of memory)"],
  [{ kind: "normal" }, false, "the inference process crashed (exit 0)"],
  [{ kind: "killed" }, false, "the inference process crashed (it was killed)"],
  [{ kind: "shutdown" }, false, "the inference process was stopped"],
])("%j is told as %p %s", (exit, memoryRanOut, message) => {
  expect(endProblem(exit, { ...quiet, memoryRanOut })).toMatchObject({ code: "crashed", message });
});

test("who killed it, and why, comes before how it ended", () => {
  const killedFor = "gave no sign of life for 30 s";
  expect(endReason({ kind: "killed" }, { ...quiet, killedFor })).toBe(killedFor);
});

test("what may have been memory comes with advice", () => {
  expect(endProblem(crash(undefined, "SIGKILL"), { ...quiet, memoryIsLow: true }).advice).toBeDefined();
  expect(endProblem(crash(undefined, "SIGKILL"), { ...quiet, memoryRanOut: true }).advice).toBeDefined();
  expect(endProblem(crash(undefined, "SIGKILL"), quiet).advice).toBeUndefined();
  expect(endProblem(crash(undefined, "SIGSEGV"), quiet).advice).toBeUndefined();
});
