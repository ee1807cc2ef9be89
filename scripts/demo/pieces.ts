/**
 * Cuts the sentences of a bigram into pieces. What follows a piece depends on nothing but the piece, so that one which comes
 * twice and goes on differently has to be longer: of "a demo" and "a model" the second "a" takes "model" along.
 */
import { wordPieces } from "../gguf/vocabulary.ts";

/** The text as pieces of which none is in `taken`, to which they are added: one word each, or more where a word is taken. */
export function cutIntoPieces(text: string, taken: Set<string>): string[] {
  const pieces: string[] = [];
  let piece = "";
  for (const word of wordPieces(text)) {
    piece += word;
    // A piece of one byte is that byte's token, which what others write is made of.
    if (taken.has(piece) || piece.length === 1) continue;
    taken.add(piece);
    pieces.push(piece);
    piece = "";
  }
  // What is left ends another sentence too: it goes to the piece before, which as a part of this one is of no use.
  while (piece !== "" && taken.has(piece)) piece = leave(pieces, taken) + piece;
  if (piece !== "") {
    pieces.push(piece);
    taken.add(piece);
  }
  return pieces;
}

function leave(pieces: string[], taken: Set<string>): string {
  const piece = pieces.pop();
  if (piece === undefined) throw new Error("a sentence is there twice");
  taken.delete(piece);
  return piece;
}
