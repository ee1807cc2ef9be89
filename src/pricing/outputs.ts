/**
 * How long one answer of a model can be, from its provider's pages; the price list does not say. For limits that would
 * otherwise be set higher than a model takes, which providers refuse. Pure.
 */

/** The first that fits holds. A family that is not here is unknown. */
const LONGEST: readonly (readonly [RegExp, number])[] = [
  [/^claude-3-(?:opus|sonnet|haiku)/, 4096],
  [/^claude-3[-.]5/, 8192],
  [/^claude-opus-4(?:$|@|-20|-0|-1)/, 32_000],
  [/^claude-/, 64_000],
  [/^gpt-5[\w.-]*-chat/, 16_384],
  [/^gpt-5/, 128_000],
  [/^gpt-4\.1/, 32_768],
  [/^gpt-4o/, 16_384],
  [/^(?:gpt-4|gpt-3\.5)/, 4096],
  [/^o[134]/, 100_000],
  [/^gemini-(?:1|2\.0)/, 8192],
  [/^gemini-/, 65_536],
];

/** Tokens of the longest answer, thoughts included; undefined where that is not known. */
export function longestOutput(model: string): number | undefined {
  // Behind a gateway the name of who made it stands before the model's.
  const name = model.slice(model.lastIndexOf("/") + 1);
  return LONGEST.find(([pattern]) => pattern.test(name))?.[1];
}
