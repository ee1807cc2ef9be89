/** Addresses that a person pastes into the terminal, a line each. */
import { createInterface } from "node:readline";

/** Hands each line that is an address to `take`; the returned function ends it. */
export function onPastedAddress(
  take: (address: URL) => void,
  input: NodeJS.ReadableStream = process.stdin,
): () => void {
  const lines = createInterface({ input, terminal: false });
  lines.on("line", (line) => {
    const text = line.trim();
    if (URL.canParse(text)) take(new URL(text));
  });
  return () => {
    lines.close();
    input.pause();
  };
}
