/**
 * How the end of a process is read: what the system reports, and what we had asked for, make one of four exits.
 * The shape is the supervisor's `Exit`; the folders do not know each other.
 */
import { ProcessCrash, type ResourceUse } from "./errors.ts";

export type ProcessExit =
  | { kind: "normal" }
  | { kind: "shutdown" }
  | { kind: "killed" }
  | { kind: "crash"; error: ProcessCrash };

/** The end of a process as the system tells it. */
export interface RawEnd {
  code: number | null;
  signal: string | null;
}

/** What we did to the process before it ended. */
export type Asked = "nothing" | "stop" | "kill";

/** What a shell or npx reports when the program under it ended by SIGTERM. */
const SIGTERM_AS_CODE = 128 + 15;

/** Sorts the end of a process; `lastWords` are kept with a crash only, as is what it used. */
export function readExit(
  end: RawEnd,
  asked: Asked,
  lastWords: readonly string[],
  used?: ResourceUse,
): ProcessExit {
  if (asked === "kill" && end.signal === "SIGKILL") return { kind: "killed" };
  if (asked !== "nothing" && endedAsAsked(end)) return { kind: "shutdown" };
  if (end.signal === null && end.code === 0) return { kind: "normal" };
  const error = new ProcessCrash(end.code ?? undefined, end.signal ?? undefined, lastWords, used);
  return { kind: "crash", error };
}

function endedAsAsked(end: RawEnd): boolean {
  if (end.signal !== null) return end.signal === "SIGTERM";
  return end.code === 0 || end.code === SIGTERM_AS_CODE;
}
