/** What is taken of a far end that may send without end. */

/** Larger than any whole answer, which the last event of some providers repeats; the SDKs look at all of it again and again. */
const LARGEST_EVENT_BYTES = 16 * 1024 * 1024;
/** Of an error only the first words are shown. */
const LARGEST_ERROR_BYTES = 256 * 1024;

/** What came is larger than anything that is part of an answer. */
export class TooLargeError extends Error {
  override readonly name = "TooLargeError";
}

/** Watches how much of a body is not dealt with: of a stream what came after its last blank line, else all of it. */
export class Backlog {
  readonly #kind: "stream" | "document";
  #bytes = 0;
  /** The end of what came before: a blank line may be cut in two. */
  #last = "";

  constructor(kind: "stream" | "document") {
    this.#kind = kind;
  }

  /** Throws TooLargeError when this is more than any event, or document, has. */
  add(chunk: Uint8Array): void {
    const rest = this.#kind === "stream" ? this.#afterBlankLine(chunk) : undefined;
    this.#bytes = rest ?? this.#bytes + chunk.byteLength;
    if (this.#bytes <= LARGEST_EVENT_BYTES) return;
    const what = this.#kind === "stream" ? "one event" : "a document";
    throw new TooLargeError(`${what} of more than ${LARGEST_EVENT_BYTES / 1024 / 1024} MB`);
  }

  /** Bytes behind the last blank line of the chunk; undefined when it has none. */
  #afterBlankLine(chunk: Uint8Array): number | undefined {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const seam = this.#last + bytes.toString("latin1", 0, 3);
    this.#last = (this.#last + bytes.subarray(-3).toString("latin1")).slice(-3);
    const ends = ["\n\n", "\r\n\r\n", "\r\r"].map((blank) => {
      const at = bytes.lastIndexOf(blank);
      return at < 0 ? -1 : at + blank.length;
    });
    const end = Math.max(...ends);
    if (end >= 0) return bytes.length - end;
    return /\n\n|\r\n\r\n|\r\r/.test(seam) ? bytes.length : undefined;
  }
}

/** The beginning of an error's body; the rest is not waited for. Rejects as reading does. */
export async function errorText(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (!reader) return "";
  const decoder = new TextDecoder();
  let words = "";
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return words + decoder.decode();
    const piece = value.subarray(0, LARGEST_ERROR_BYTES - bytes);
    bytes += piece.byteLength;
    words += decoder.decode(piece, { stream: true });
    if (bytes < LARGEST_ERROR_BYTES) continue;
    void reader.cancel().catch(() => {});
    return words;
  }
}
