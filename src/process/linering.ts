/**
 * The last lines of an endless stream, in bounded memory: a server may write anything to its stderr for weeks.
 */
export interface LineRing {
  push(chunk: Uint8Array): void;
  /** The last lines, oldest first, the unfinished one too; empty ones are left out. */
  lines(): string[];
}

export interface LineRingLimits {
  lines: number;
  /** Characters kept of one line; the rest of it is dropped. */
  lineLength: number;
}

const DEFAULT_LIMITS: LineRingLimits = { lines: 100, lineLength: 2000 };

export function createLineRing(limits: LineRingLimits = DEFAULT_LIMITS): LineRing {
  const decoder = new TextDecoder();
  const kept: string[] = [];
  let unfinished = "";

  const keep = (line: string) => {
    const text = line.trimEnd();
    if (text === "") return;
    kept.push(text);
    if (kept.length > limits.lines) kept.shift();
  };
  const extend = (part: string) => {
    unfinished += part.slice(0, limits.lineLength - unfinished.length);
  };

  return {
    push(chunk) {
      const parts = decoder.decode(chunk, { stream: true }).split("\n");
      const last = parts.pop() ?? "";
      for (const part of parts) {
        extend(part);
        keep(unfinished);
        unfinished = "";
      }
      extend(last);
    },
    lines() {
      const last = unfinished.trimEnd();
      return last === "" ? [...kept] : [...kept, last].slice(-limits.lines);
    },
  };
}
