/**
 * What stands between the library and a sequence when a prompt is about to be evaluated: the model's own spelling is kept,
 * and a long prompt is evaluated in pieces, so that it can be stopped in between.
 */
import type { Token } from "node-llama-cpp";
import type { Loaded } from "./loaded.ts";
import { respell } from "./respell.ts";

/** Milliseconds within which a piece should be done, as nothing can stop it. */
const PIECE_MS = 500;

export interface Alignment {
  /** Tokens of the prompt, once it was evaluated. */
  readonly promptTokens: number;
  /** How many of them had been evaluated before. */
  readonly reusedTokens: number;
  /** Gives the sequence its own way back. */
  end(): void;
}

/**
 * Until `end`, prompts are aligned with what was evaluated by `respell`. The library hands its array of tokens over, all but
 * the last, and afterwards takes from that array what the sequence has: changing it in place is how it learns of it.
 */
export function alignPrompts(loaded: Loaded, signal: AbortSignal): Alignment {
  const { sequence, model, conversation } = loaded;
  const original = sequence.adaptStateToTokens;
  let promptTokens = 0;
  let reusedTokens = 0;
  // SentencePiece writes a blank as U+2581, and where the vocabulary has no such piece, as the bytes of that sign.
  const spell = (tokens: readonly Token[], before: readonly Token[]) =>
    model.detokenize(tokens, true, before).replaceAll("\u2581", " ");
  sequence.adaptStateToTokens = async (tokens, allowShift) => {
    const aligned = respell(tokens, sequence.contextTokens, conversation.spoken, spell);
    tokens.splice(0, tokens.length, ...aligned);
    await original.call(sequence, tokens, allowShift);
    if (promptTokens === 0) reusedTokens = sequence.nextTokenIndex;
    if (promptTokens === 0) promptTokens = tokens.length + 1;
    await evaluateInPieces(loaded, tokens, signal);
  };
  return {
    get promptTokens() {
      return promptTokens;
    },
    get reusedTokens() {
      return reusedTokens;
    },
    end() {
      sequence.adaptStateToTokens = original;
    },
  };
}

/** The size of a piece is what the model has shown that it can read in time. */
async function evaluateInPieces(
  loaded: Loaded,
  tokens: readonly Token[],
  signal: AbortSignal,
): Promise<void> {
  const { sequence, context } = loaded;
  while (tokens.length - sequence.nextTokenIndex > loaded.pieceTokens && !signal.aborted) {
    const at = sequence.nextTokenIndex;
    const began = performance.now();
    await sequence.evaluateWithoutGeneratingNewTokens(tokens.slice(at, at + loaded.pieceTokens));
    const inTime = (loaded.pieceTokens * PIECE_MS) / Math.max(1, performance.now() - began);
    loaded.pieceTokens = Math.round(Math.max(1, Math.min(context.batchSize, inTime)));
  }
}
