/** Measures how fast a model reads and writes with different numbers of threads and batch sizes. */
import type { LlamaModel, Token } from "node-llama-cpp";
import type { BenchRow } from "../port.ts";

const PROMPT_TOKENS = 256;
const GENERATED_TOKENS = 32;
/** Seconds after which a slow model has said enough. */
const MOST_SECONDS = 10;
const CONTEXT_TOKENS = 512;
const BATCH_SIZES: readonly number[] = [512, 128];

/** The numbers of threads worth trying: powers of two, and the two highest. */
export function threadsToTry(most: number): number[] {
  const tried = new Set([most, most - 1]);
  for (let threads = 1; threads < most; threads *= 2) tried.add(threads);
  return [...tried].filter((threads) => threads > 0).sort((one, other) => one - other);
}

/** A row for each; the first batch size goes with every number of threads, the others with the most threads alone. */
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
    signal.throwIfAborted();
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
    // Pages of the weights that were not read yet are no part of the speed.
    await sequence.evaluateWithoutGeneratingNewTokens(prompt.slice(0, 8));
    await sequence.clearHistory();
    const read = await timed(() => sequence.evaluateWithoutGeneratingNewTokens(prompt.slice(0, -1)));
    let generated = 0;
    const written = await timed(async () => {
      const began = performance.now();
      for await (const _token of sequence.evaluate(prompt.slice(-1), { yieldEogToken: true })) {
        generated++;
        const late = performance.now() - began > MOST_SECONDS * 1000;
        if (generated === GENERATED_TOKENS || late || signal.aborted) break;
      }
    });
    return {
      threads,
      batchSize,
      prompt: rate(prompt.length - 1, read),
      generation: rate(generated, written),
    };
  } finally {
    await context.dispose();
  }
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

function rate(tokens: number, ms: number): number {
  return Math.round(((tokens * 1000) / ms) * 10) / 10;
}
