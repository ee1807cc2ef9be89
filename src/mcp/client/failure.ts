/** Failures of servers in the words that a person reads: one line each, safe for a terminal. */
import { oneLine, tellingLines } from "./text.ts";

/** Why a server failed, with its last words on stderr: `exit 1: cannot read the settings`. */
export function describeFailure(error: unknown): string {
  const root = rootOf(error);
  const words = tellingLines(lastWordsOf(root)).join(" | ");
  const reason = describeReason(error);
  return words === "" ? reason : oneLine(`${reason}: ${words}`, 300);
}

/** The reason alone: `exit 1`. */
export function describeReason(error: unknown): string {
  const root = rootOf(error);
  return oneLine(root instanceof Error ? root.message : String(root));
}

/** A lost connection and a start that failed are told by what caused them. */
function rootOf(error: unknown): unknown {
  let root = error;
  while (root instanceof Error && root.cause instanceof Error && !("permanent" in root)) root = root.cause;
  return root;
}

function lastWordsOf(error: unknown): readonly string[] {
  if (typeof error !== "object" || error === null || !("lastWords" in error)) return [];
  return Array.isArray(error.lastWords) ? error.lastWords.filter((line) => typeof line === "string") : [];
}
