/** What a person is told who asks for something that a server does not have, or says too little. */
import type { PromptArgument } from "@modelcontextprotocol/client";
import { UsageError } from "../../../lib/errors.ts";
import { nearest } from "../../../lib/nearest.ts";
import { oneLine } from "../text.ts";

/** More names than this are for a list of their own. */
const MOST_NAMES = 10;

/** `server files has no prompt sumary; did you mean summary?` */
export function unknownName(
  server: string,
  what: "prompt" | "resource" | "template",
  name: string,
  known: readonly string[],
): UsageError {
  return new UsageError(`server ${server} has no ${what} ${oneLine(name)}`, knownNames(what, name, known));
}

function knownNames(what: string, name: string, known: readonly string[]): string {
  const close = nearest(name, known);
  if (close !== undefined) return `did you mean ${oneLine(close)}?`;
  if (known.length === 0) return `it has no ${what} at all`;
  const more = known.length > MOST_NAMES ? ` and ${known.length - MOST_NAMES} more` : "";
  return `there are ${known
    .slice(0, MOST_NAMES)
    .map((each) => oneLine(each))
    .join(", ")}${more}`;
}

/** Throws UsageError for required arguments that are missing, all of them named, and for unknown ones. */
export function checkArguments(
  prompt: string,
  known: readonly PromptArgument[],
  given: Readonly<Record<string, string>>,
): void {
  for (const name of Object.keys(given))
    checkArgument(
      `prompt ${prompt}`,
      known.map((each) => each.name),
      name,
    );
  const missing = known.filter(({ name, required }) => required && !Object.hasOwn(given, name));
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => oneLine(name));
  throw new UsageError(
    `prompt ${oneLine(prompt)} needs ${names.join(" and ")}`,
    `add ${names.map((name) => `${name}=...`).join(" ")}`,
  );
}

/** Throws UsageError unless the name is among those known. */
export function checkArgument(owner: string, known: readonly string[], name: string): void {
  if (known.includes(name)) return;
  const close = nearest(name, known);
  const list =
    known.length === 0 ? "it takes none" : `it takes ${known.map((each) => oneLine(each)).join(", ")}`;
  throw new UsageError(
    `${oneLine(owner)} takes no argument ${oneLine(name)}`,
    close === undefined ? list : `did you mean ${oneLine(close)}?`,
  );
}
