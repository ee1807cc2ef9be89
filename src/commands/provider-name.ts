/** The name of a provider on a command line. */
import { UsageError } from "../lib/errors.ts";
import { nearest } from "../lib/nearest.ts";
import { singleLine } from "../lib/text-layout.ts";

/** Longer ones are no slip of the finger, but perhaps a key in the wrong place, which nobody wants to see again. */
const LONGEST_SHOWN = 24;

/** The name, if it is one of `known`. Throws UsageError that names the nearest. */
export function knownProvider(name: string, known: readonly string[]): string {
  if (known.includes(name)) return name;
  const shown = name.length > LONGEST_SHOWN ? "" : ` ${singleLine(name, LONGEST_SHOWN)}`;
  const near = nearest(name, known);
  const advice = near === undefined ? `there are ${known.join(", ")}` : `did you mean ${near}?`;
  throw new UsageError(`unknown provider${shown}`, advice);
}
