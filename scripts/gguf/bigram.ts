/**
 * A model whose next token depends on the last one alone, by a table: llama.cpp runs it as it runs any other, and what it
 * says is known. Each token that has a successor of its own has a number of the embedding to itself, all others share the
 * first; the layers are zeros, and the output matrix is the table.
 */
import { CONTROLS, chatTemplate, THINKING } from "./chat-template.ts";
import type { Encoding, Gguf, Tensor } from "./format.ts";
import { llamaModel } from "./llama.ts";
import { createVocabulary, wordPieces } from "./vocabulary.ts";

export interface BigramOptions {
  /** What it says, whatever it is asked. No word may be there twice. */
  sentence: string;
  /** What it thinks before. */
  thinking?: string;
  /** It calls this tool with what is given, and says its sentence when the result is there. */
  toolCall?: { name: string; arguments: string };
  /** After the last word it goes on with the first, and never ends. */
  endless?: boolean;
  name?: string;
  contextLength?: number;
  /** More of these take more time for a token, and change nothing else. */
  layers?: number;
  feedForward?: number;
  encoding?: Encoding;
}

const HEAD_SIZE = 64;
/** The difference between the next token and all others, far from what a temperature of 1 could turn. */
const CERTAINTY = 30;

/** The model that says `options.sentence`. Throws when two of its words are the same. */
export function bigramModel(options: BigramOptions): Gguf {
  const { name = "bigram", contextLength = 2048, layers = 1, feedForward = 64, encoding = "f32" } = options;
  const chains = chainsOf(options);
  const pieces = new Set(chains.flat());
  const controls: readonly string[] = [
    ...Object.values(CONTROLS),
    ...(options.thinking === undefined ? [] : Object.values(THINKING)),
  ];
  const vocabulary = createVocabulary(
    controls,
    [...pieces].filter((piece) => !controls.includes(piece)),
  );
  const successors = new Map(
    chains.flatMap((chain) =>
      chain
        .slice(1)
        .map((piece, index) => [vocabulary.id(chain[index] ?? ""), vocabulary.id(piece)] as const),
    ),
  );
  const transitions = chains.reduce((sum, chain) => sum + chain.length - 1, 0);
  if (successors.size !== transitions) throw new Error("a word of the sentence is there twice");
  const shape = {
    name,
    contextLength,
    layers,
    feedForward,
    encoding,
    headSize: HEAD_SIZE,
    vocabulary,
    embedding: Math.ceil((successors.size + 1) / HEAD_SIZE) * HEAD_SIZE,
    chatTemplate: chatTemplate({
      thinking: options.thinking !== undefined,
      // Without tools it does not try to call one.
      ...(options.toolCall && { opening: `'${CONTROLS.assistant}' if tools else '${CONTROLS.resumed}'` }),
    }),
  };
  return llamaModel(shape, tableWeights(successors, vocabulary.id(CONTROLS.assistant)));
}

/** The sequences of tokens that the table makes. */
function chainsOf({ sentence, thinking, toolCall, endless }: BigramOptions): string[][] {
  const words = wordPieces(sentence);
  const thought = thinking === undefined ? [] : [THINKING.open, ...wordPieces(thinking), THINKING.close];
  const ending = endless ? (words[0] ?? "") : CONTROLS.end;
  if (!toolCall)
    return [
      [CONTROLS.assistant, ...thought, ...words, ending],
      [CONTROLS.resumed, words[0] ?? ""],
    ];
  // The grammar of node-llama-cpp ends a name with a newline and arguments with four; the model has to go along.
  return [
    [CONTROLS.assistant, ...thought, CONTROLS.call, toolCall.name, "\n", "\n"],
    [CONTROLS.arguments, toolCall.arguments, "\n"],
    [CONTROLS.called, CONTROLS.end],
    [CONTROLS.resumed, ...words, ending],
  ];
}

/** A token without a successor is followed by what follows `otherwise`. */
function tableWeights(successors: ReadonlyMap<number, number>, otherwise: number) {
  const dimensions = new Map([...successors.keys()].map((token, index) => [token, index + 1]));
  const before = new Map<number, number[]>();
  for (const [token, next] of successors) {
    const list = before.get(next) ?? [];
    list.push(dimensions.get(token) ?? 0);
    before.set(next, list);
  }
  before.get(successors.get(otherwise) ?? -1)?.push(0);
  return (tensor: string): Tensor["fill"] | undefined => {
    if (tensor === "token_embd") return (row, token) => setAll(row, [dimensions.get(token) ?? 0], 1);
    if (tensor !== "output") return undefined;
    // The last norm multiplies the one number that is not zero by the root of how many there are.
    return (row, token) => setAll(row, before.get(token) ?? [], CERTAINTY / Math.sqrt(row.length));
  };
}

function setAll(row: Float32Array, dimensions: readonly number[], value: number): void {
  for (const dimension of dimensions) row[dimension] = value;
}
