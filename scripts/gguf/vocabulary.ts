/**
 * Vocabularies that bring any text back as it was: each of the 256 bytes is a token, and a text is cut into the longest
 * pieces, from its beginning. llama.cpp knows this as RWKV's tokenizer. Its other tokenizers join pieces in pairs, by
 * scores or merges, so that a piece is only found if every way to it is in the vocabulary, and the one that the name
 * "llama" stands for puts a space before a text: what comes back is then not what went in, of which node-llama-cpp warns.
 */

/** The numbers that stand for these kinds of tokens in a file. */
const KINDS = { text: 1, control: 3 } as const;

export interface Vocabulary {
  /** As the file has them: bytes that do not print are escaped. */
  tokens: readonly string[];
  kinds: readonly number[];
  /** The number of a control token or a piece. Throws when there is none. */
  id(token: string): number;
}

/**
 * Numbers the control tokens first, then the bytes, then the pieces. A piece of one character is its byte. Throws when
 * something is there twice, which llama.cpp does not survive.
 */
export function createVocabulary(controls: readonly string[], pieces: readonly string[]): Vocabulary {
  const bytes = Array.from({ length: 256 }, (_, byte) => escapeBytes(Uint8Array.of(byte)));
  const longer = pieces.filter((piece) => Buffer.byteLength(piece) > 1);
  const tokens = [...controls, ...bytes, ...longer.map(escapePiece)];
  const numbers = new Map(tokens.map((token, index) => [token, index]));
  if (numbers.size !== tokens.length) throw new Error("a token is in the vocabulary twice");
  return {
    tokens,
    kinds: tokens.map((_, index) => (index < controls.length ? KINDS.control : KINDS.text)),
    id(token) {
      const number = numbers.get(controls.includes(token) ? token : escapePiece(token));
      if (number === undefined) throw new Error(`no token for ${JSON.stringify(token)}`);
      return number;
    },
  };
}

/** Cuts a text where words begin, so that the pieces put together are the text: "a b" is "a" and " b". */
export function wordPieces(text: string): string[] {
  return text.match(/\s*\S+|\s+$/g) ?? [];
}

function escapePiece(piece: string): string {
  return escapeBytes(Buffer.from(piece));
}

function escapeBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => {
    const prints = byte >= 0x20 && byte < 0x7f && byte !== 0x5c;
    return prints ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`;
  }).join("");
}
