/**
 * Recognises terminal escape sequences one character at a time (ECMA-48; the parser of xterm). Nothing of a
 * sequence is kept, so one that never ends costs no memory.
 */

/** Where in a sequence the text stands. `string` is the body of an OSC, DCS, APC, PM or SOS. */
export type EscapeState =
  | { in: "text" }
  | { in: "escape" }
  | { in: "control" }
  | { in: "string"; multiline: boolean; length: number };

export interface EscapeStep {
  state: EscapeState;
  /** Whether the character belongs to a sequence and must not be shown. */
  swallowed: boolean;
}

/** A body longer than this was never a sequence: what follows is shown, stripped like any other text. */
export const LONGEST_STRING = 65_536;

const ESCAPE = 0x1b;
const CANCEL = 0x18;
const SUBSTITUTE = 0x1a;
const BELL = 0x07;
const NEWLINE = 0x0a;
const STRING_TERMINATOR = 0x9c;
const CONTROL_INTRODUCER = 0x9b;

/** Second bytes after ESC, and the C1 characters that stand for both, that open a string. */
const STRING_OPENERS: ReadonlySet<number> = new Set([..."PX]^_"].map((letter) => letter.charCodeAt(0)));
const C1_STRING_OPENERS: ReadonlySet<number> = new Set([0x90, 0x98, 0x9d, 0x9e, 0x9f]);
/** Only the data of a DCS (images) has a reason to span lines. */
const DEVICE_CONTROL: ReadonlySet<number> = new Set([0x50, 0x90]);

const TEXT: EscapeStep = { state: { in: "text" }, swallowed: false };
const ENDED: EscapeStep = { state: { in: "text" }, swallowed: true };
const ESCAPED: EscapeStep = { state: { in: "escape" }, swallowed: true };
const CONTROL: EscapeStep = { state: { in: "control" }, swallowed: true };

function openString(opener: number): EscapeStep {
  return { state: { in: "string", multiline: DEVICE_CONTROL.has(opener), length: 0 }, swallowed: true };
}

function inText(code: number): EscapeStep {
  if (code === ESCAPE) return ESCAPED;
  if (code === CONTROL_INTRODUCER) return CONTROL;
  return C1_STRING_OPENERS.has(code) ? openString(code) : TEXT;
}

function inEscape(code: number): EscapeStep {
  if (code === 0x5b) return CONTROL;
  if (STRING_OPENERS.has(code)) return openString(code);
  // Intermediate bytes (a character set, say) come before the final one.
  if (code >= 0x20 && code <= 0x2f) return ESCAPED;
  return code >= 0x30 && code <= 0x7e ? ENDED : interrupted(code);
}

function inControl(code: number): EscapeStep {
  if (code >= 0x20 && code <= 0x3f) return CONTROL;
  return code >= 0x40 && code <= 0x7e ? ENDED : interrupted(code);
}

function inString(state: EscapeState & { in: "string" }, code: number): EscapeStep {
  if (code === BELL || code === STRING_TERMINATOR) return ENDED;
  const tooLong = state.length >= LONGEST_STRING;
  const ends = code === ESCAPE || code === CANCEL || code === SUBSTITUTE;
  if (ends || tooLong || (code === NEWLINE && !state.multiline)) return interrupted(code);
  return { state: { ...state, length: state.length + 1 }, swallowed: true };
}

/** A sequence that breaks off: the character that broke it is read afresh. */
function interrupted(code: number): EscapeStep {
  return code === CANCEL || code === SUBSTITUTE ? ENDED : inText(code);
}

/** Moves one code point on. */
export function stepEscape(state: EscapeState, code: number): EscapeStep {
  switch (state.in) {
    case "text":
      return inText(code);
    case "escape":
      return inEscape(code);
    case "control":
      return inControl(code);
    case "string":
      return inString(state, code);
  }
}
