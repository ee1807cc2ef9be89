/** The end of the inference process in the words that a person reads: one line each, safe for a terminal. Pure. */
import { singleLine } from "../lib/text-layout.ts";
import type { ProcessExit } from "../process/exit.ts";
import type { ModelProblem } from "./problem.ts";

/** What we know beside the exit itself. */
export interface Circumstances {
  /** Why we killed it, if we did: `it gave no sign of life for 30 s`. */
  killedFor?: string;
  /** The system has killed somebody for want of memory while it lived. */
  memoryRanOut: boolean;
  /** There is little memory left, after its own was given back. */
  memoryIsLow: boolean;
}

/** How it ended, for brackets: `signal SIGSEGV`, `exit 3`. */
export function endReason(
  exit: ProcessExit,
  { killedFor, memoryRanOut, memoryIsLow }: Circumstances,
): string {
  if (killedFor !== undefined) return killedFor;
  if (exit.kind === "normal") return "exit 0";
  if (exit.kind !== "crash") return exit.kind === "killed" ? "it was killed" : "it was stopped";
  const { signal, exitCode } = exit.error;
  if (signal === undefined) return `exit ${exitCode}`;
  if (signal !== "SIGKILL") return `signal ${signal}`;
  // Who sends it does not say so; the system does when memory is short, and tells that on Linux.
  if (memoryRanOut) return "SIGKILL: out of memory";
  return memoryIsLow ? "SIGKILL; out of memory?" : "killed by SIGKILL";
}

/** What its end means for who waits for an answer of it. */
export function endProblem(exit: ProcessExit, circumstances: Circumstances): ModelProblem {
  if (exit.kind === "shutdown") return { code: "crashed", message: "the inference process was stopped" };
  const reason = endReason(exit, circumstances);
  const words = tellingWords(exit);
  const message = `the inference process crashed (${reason})${words === "" ? "" : `: ${words}`}`;
  const advice = /out of memory/.test(reason) ? "use a smaller model, or a smaller context" : undefined;
  return { code: "crashed", message, ...(advice !== undefined && { advice }) };
}

const LONGEST_WORDS = 200;
/** What llama.cpp, C++ and Bun write before they end a process; a stack trace follows it. */
const TELLING = /assert|abort|terminat|error|panic|fatal|failed|out of memory/i;

/** The line of its last words that says why; empty when there is none. Whoever is killed has no say in it. */
export function tellingWords(exit: ProcessExit): string {
  if (exit.kind !== "crash" || exit.error.signal === "SIGKILL") return "";
  const { lastWords } = exit.error;
  return singleLine(
    lastWords.findLast((line) => TELLING.test(line)) ?? lastWords.at(-1) ?? "",
    LONGEST_WORDS,
  );
}
