/** One run of chaos: both halves side by side, the measurements, and the end, after which nothing may be left. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChatHalf, type HalfOptions } from "./chat-half.ts";
import { Findings } from "./findings.ts";
import { Gate } from "./gate.ts";
import { describeProcesses, killAll, processesMarked } from "./processes.ts";
import { Random } from "./random.ts";
import type { Recovery } from "./recoveries.ts";
import { RunHalf } from "./run-half.ts";
import { Tally } from "./tally.ts";
import { growthComplaints, measureVitals, type Tolerance, type Vitals, watchPeak } from "./vitals.ts";
import { holdsWithin } from "./waiting.ts";

export interface ChaosOptions {
  seconds: number;
  seed: number;
  /** Starts mcpchat. */
  command: readonly string[];
  tolerance: Tolerance;
}

export interface Outcome {
  seed: number;
  seconds: number;
  broken: string[];
  tally: Tally;
  recoveries: readonly Recovery[];
  recovered: number;
  restarts: number;
  failedStarts: number;
  goneAfterMs: readonly number[];
  messagesChecked: number;
  callsMade: number;
  early: Vitals;
  last: Vitals;
  peakMiB: number;
}

/** The memory of a program that has just begun says nothing: buffers, compiled code and pools grow to their size. */
const WARM_AFTER = 0.3;
const NOTHING_LEFT_MS = 10_000;

export async function runChaos(options: ChaosOptions): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "mcpchat-chaos-"));
  const over = new AbortController();
  const marker = `chaos-${process.pid}-${options.seed}`;
  const random = new Random(options.seed);
  const shared: HalfOptions = {
    findings: new Findings(),
    gate: new Gate(),
    marker,
    random,
    signal: over.signal,
    tally: new Tally(),
  };
  const { findings } = shared;
  const peak = watchPeak();
  try {
    const chat = await ChatHalf.open({ ...shared, random: random.fork() }, folder);
    const runs = new RunHalf({ ...shared, random: random.fork() }, folder, options.command);
    const { early, last } = await measured(options, { chat, runs, shared, over });
    findings.addAll(growthComplaints(early, last, options.tolerance));
    await runs.close();
    await chat.close();
    const nothingLeft = () => processesMarked(marker).length === 0;
    if (!(await holdsWithin(NOTHING_LEFT_MS, nothingLeft))) {
      findings.add(`processes are left at the end: ${describeProcesses(processesMarked(marker))}`);
    }
    return {
      seed: options.seed,
      seconds: options.seconds,
      broken: findings.all,
      tally: shared.tally,
      recoveries: chat.recoveries.done,
      recovered: chat.recoveries.count,
      restarts: chat.accounts.restarts,
      failedStarts: chat.accounts.failedStarts,
      goneAfterMs: runs.goneAfterMs,
      messagesChecked: chat.messagesChecked + runs.messagesChecked,
      callsMade: chat.callsMade + runs.callsMade,
      early,
      last,
      peakMiB: peak(),
    };
  } finally {
    over.abort();
    peak();
    killAll(processesMarked(marker));
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Parts {
  chat: ChatHalf;
  runs: RunHalf;
  shared: HalfOptions;
  over: AbortController;
}

/** Lets both halves run, and measures in a moment of calm early on and when both are done. */
async function measured({ seconds }: ChaosOptions, { chat, runs, shared, over }: Parts) {
  const calm = async () => {
    await Promise.all([chat.calm(), runs.calm()]);
    return measureVitals();
  };
  const halves = Promise.all([chat.run(), runs.run()]);
  const end = setTimeout(() => over.abort(), seconds * 1000);
  await Promise.race([Bun.sleep(seconds * 1000 * WARM_AFTER), halves]);
  const early = await shared.gate.calm(calm);
  await halves;
  clearTimeout(end);
  return { early, last: await calm() };
}
