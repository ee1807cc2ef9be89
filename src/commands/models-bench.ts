/** `mcpchat models bench`: measures how fast a model is here, and remembers what is best for it. */
import type { App } from "../app/app.ts";
import { describeError } from "../lib/errors.ts";
import type { Notify } from "../lib/notice.ts";
import type { BenchRow } from "../models/port.ts";
import { openProgress } from "../terminal/progress.ts";
import { streamKind } from "../terminal/stream-kind.ts";
import { type Command, worldOf } from "./command.ts";
import { JSON_OPTIONS, locate, neededName } from "./models-common.ts";
import { parseOptions } from "./parse.ts";
import { print, printJson } from "./print.ts";
import { withApp } from "./with-app.ts";

const HEADINGS = ["threads", "batch", "prompt t/s", "generation t/s"] as const;

export const benchCommand: Command = {
  meta: {
    name: "bench",
    description: "Measure a model with different numbers of threads, and use the best from now on",
  },
  args: {
    ...JSON_OPTIONS,
    name: { type: "positional", required: false, description: "Its name, or the path of a .gguf file" },
  },
  async run(context) {
    const { values, positionals } = parseOptions(context.rawArgs, JSON_OPTIONS, 1);
    const name = neededName("bench", positionals[0]);
    const { env } = worldOf(context);
    const { json = false, quiet = false } = values;
    const measured = await withApp(context, values, async (app, notify) => {
      const { path, load } = await locate(app, env, name);
      // Neither the threads of the configuration nor those of an earlier measurement: all are to be tried.
      const { threads: _threads, batchSize: _batchSize, ...options } = load;
      // Elsewhere the rows are progress enough, as they come.
      const shows = streamKind(2) === "terminal" && !quiet;
      const progress = openProgress({ quiet: !shows, notify, environment: env });
      let printed = json ? Promise.resolve() : print(tableRow(HEADINGS));
      const onRow = (row: BenchRow) => {
        progress.clear();
        if (!json) printed = printed.then(() => print(tableRow(cells(row))));
        progress.show(`measuring ${name}`);
      };
      progress.show(`measuring ${name}`);
      try {
        const rows = await app.models.inspection.bench(path, options, onRow, app.signal);
        await printed;
        return { path, rows, best: await remember(app, path, rows, notify) };
      } finally {
        progress.clear();
      }
    });
    if (json) await printJson(measuredJson(measured));
    return 0;
  },
};

/** Where it cannot be written down, it was measured all the same. */
async function remember(
  app: App,
  path: string,
  rows: readonly BenchRow[],
  notify: Notify,
): Promise<BenchRow | undefined> {
  const { benchFile, bestRow, rememberBench } = await import("../models/bench-record.ts");
  const best = bestRow(rows);
  if (!best) return undefined;
  try {
    rememberBench(benchFile(app.paths.dataFolder), path, best);
    notify("info", `from now on it is run with ${best.threads} threads and batches of ${best.batchSize}`);
  } catch (error) {
    notify("warn", `the best settings were not remembered: ${describeError(error)}`);
  }
  return best;
}

function cells({ threads, batchSize, prompt, generation }: BenchRow): string[] {
  return [String(threads), String(batchSize), prompt.toFixed(1), generation.toFixed(1)];
}

function tableRow(row: readonly string[]): string {
  return `${row.map((cell, index) => cell.padStart(HEADINGS[index]?.length ?? 0)).join("  ")}\n`;
}

function measuredJson({
  path,
  rows,
  best,
}: {
  path: string;
  rows: readonly BenchRow[];
  best?: BenchRow | undefined;
}): object {
  return { path, rows: rows.map(rowJson), best: best ? rowJson(best) : null };
}

function rowJson({ threads, batchSize, prompt, generation }: BenchRow): object {
  return {
    threads,
    batch_size: batchSize,
    prompt_tokens_per_second: prompt,
    generation_tokens_per_second: generation,
  };
}
