/**
 * Signatures of thoughts as they are kept in a conversation: as they came from Anthropic, and behind an address from
 * somebody else who speaks its API. A provider refuses a whole conversation for a signature that is another's.
 */

/** Marks the data of a redacted thought, kept where a signature is kept, so that it goes back as it came. */
export const REDACTED = "redacted:";

const ANTHROPIC = /^(redacted:)?[\w+/=-]+$/;

/** `origin` is who signed; empty for Anthropic itself. */
export function keptSignature(signature: string, origin: string): string {
  return origin === "" || signature === "" ? signature : `${origin} ${signature}`;
}

/** The signature as it goes to `origin`; undefined when it is not for it. */
export function sentSignature(kept: string, origin: string): string | undefined {
  // Others take Anthropic's own: some pass them on to it, and some did not mark theirs in the past.
  if (ANTHROPIC.test(kept)) return kept;
  const mark = `${origin} `;
  return origin !== "" && kept.startsWith(mark) ? kept.slice(mark.length) : undefined;
}
