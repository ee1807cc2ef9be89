/** Measures how fast a model reads and writes with different numbers of threads and batch sizes. */
import type { LlamaContextSequence, LlamaModel, Token } from "node-llama-cpp";
import type { BenchRow } from "../port.ts";
import { ModelError } from "../problem.ts";

const PROMPT_TOKENS = 256;
const GENERATED_TOKENS = 32;
/** Something else on the machine slows one of them down, hardly ever two. */
const ROUNDS = 3;
/** Seconds after which a slow model has read, or said, enough. */
const MOST_SECONDS = 10;
const CONTEXT_TOKENS = 512;
const BATCH_SIZES: readonly number[] = [512, 128];

/** The numbers of threads worth trying: powers of two, and the two highest. */
export function threadsToTry(most: number): number[] {
  const tried = new Set([most, most - 1]);
  for (let threads = 1; threads < most; threads *= 2) tried.add(threads);
  return [...tried].filter((threads) => threads > 0).sort((one, other) => one - other);
}

/**
 * A row for each; throws ModelError `aborted`. The first batch size goes with every number of threads, the others with
 * the most threads alone.
 */
export async function bench(
  model: LlamaModel,
  mostThreads: number,
  onRow: (row: BenchRow) => void,
  signal: AbortSignal,
): Promise<BenchRow[]> {
  const [usual = 512, ...others] = BATCH_SIZES;
  const combinations = [
    ...threadsToTry(mostThreads).map((threads) => ({ threads, batchSize: usual })),
    ...others.map((batchSize) => ({ threads: mostThreads, batchSize })),
  ];
  const rows: BenchRow[] = [];
  for (const combination of combinations) {
    throwIfStopped(signal);
    const row = await measure(model, combination, signal);
    rows.push(row);
    onRow(row);
  }
  return rows;
}

async function measure(
  model: LlamaModel,
  { threads, batchSize }: Pick<BenchRow, "threads" | "batchSize">,
  signal: AbortSignal,
): Promise<BenchRow> {
  const context = await model.createContext({ contextSize: CONTEXT_TOKENS, threads, batchSize });
  try {
    const sequence = context.getSequence();
    const prompt = promptFor(model);
    const msPerToken = await warmUp(sequence, prompt);
    const pieceTokens = pieceFor(msPerToken);
    const read = await readPrompt(sequence, { prompt: prompt.slice(0, -1), pieceTokens, signal });
    const speeds: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      speeds.push(rate(await write(sequence, prompt.slice(-1), signal)));
      // What was stopped half-way says nothing.
      throwIfStopped(signal);
    }
    return { threads, batchSize, prompt: rate(read), generation: middle(speeds) };
  } finally {
    await context.dispose();
  }
}

interface Measured {
  tokens: number;
  ms: number;
}

const WARM_UP_TOKENS = 8;
/** Nothing can be stopped while a piece of a prompt is evaluated. */
const PIECE_MS = 1000;

/** Pages of the weights that were not read yet are no part of the speed. How long a token takes at most, in milliseconds. */
async function warmUp(sequence: LlamaContextSequence, prompt: readonly Token[]): Promise<number> {
  const evaluate = async () => {
    const ms = await timed(() =>
      sequence.evaluateWithoutGeneratingNewTokens(prompt.slice(0, WARM_UP_TOKENS)),
    );
    await sequence.clearHistory();
    return ms;
  };
  await evaluate();
  return (await evaluate()) / WARM_UP_TOKENS;
}

/** All at once where that is over soon; more tokens at once take less time for each. */
export function pieceFor(msPerToken: number): number {
  return Math.max(1, Math.min(PROMPT_TOKENS, Math.floor(PIECE_MS / msPerToken)));
}

interface Reading {
  prompt: readonly Token[];
  pieceTokens: number;
  signal: AbortSignal;
}

async function readPrompt(
  sequence: LlamaContextSequence,
  { prompt, pieceTokens, signal }: Reading,
): Promise<Measured> {
  let tokens = 0;
  const began = performance.now();
  const ms = () => performance.now() - began;
  while (tokens < prompt.length && ms() < MOST_SECONDS * 1000) {
    throwIfStopped(signal);
    const piece = prompt.slice(tokens, tokens + pieceTokens);
    await sequence.evaluateWithoutGeneratingNewTokens(piece);
    tokens += piece.length;
  }
  return { tokens, ms: ms() };
}

async function write(sequence: LlamaContextSequence, start: Token[], signal: AbortSignal): Promise<Measured> {
  let tokens = 0;
  const began = performance.now();
  const ms = () => performance.now() - began;
  for await (const _token of sequence.evaluate(start, { yieldEogToken: true })) {
    tokens++;
    if (tokens === GENERATED_TOKENS || ms() > MOST_SECONDS * 1000 || signal.aborted) break;
  }
  return { tokens, ms: ms() };
}

function throwIfStopped(signal: AbortSignal): void {
  if (signal.aborted) throw new ModelError({ code: "aborted", message: "the measurement was stopped" });
}

/** Ordinary tokens, each a different one as far as they go round: what they say does not matter. */
function promptFor(model: LlamaModel): Token[] {
  const usable = [...model.iterateAllTokens()].filter((token) => !model.isSpecialToken(token));
  return Array.from(
    { length: PROMPT_TOKENS },
    (_, index) => usable[(index * 7) % usable.length] ?? usable[0],
  ).filter((token) => token !== undefined);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function rate({ tokens, ms }: Measured): number {
  return Math.round(((tokens * 1000) / ms) * 10) / 10;
}

function middle(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? 0;
}
