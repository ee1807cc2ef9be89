/**
 * What supervision costs: children started and stopped under a dynamic supervisor, in time and memory, and one restart.
 * Run with `bun bench/supervisor.ts [rounds]`. The times per child should not grow with their number.
 */
import { heapStats } from "bun:jsc";
import { afterExit, backoffDelay, recordRestart, restartGroup } from "../src/supervisor/policy.ts";
import type { ChildSpec, Exit, Listener } from "../src/supervisor/spec.ts";
import { startSupervisor } from "../src/supervisor/start.ts";
import type { Supervisor } from "../src/supervisor/supervisor.ts";
import { median } from "./program.ts";

const SIZES = [250, 500, 1000, 2000];
const RESTARTS = 5_000;
const CRASH: Exit = { kind: "crash", error: new Error("boom") };

/** More than a budget will ever allow, in a period so short that no list of them grows. */
const UNLIMITED = { maxRestarts: 1_000_000, maxSeconds: 0.001 };

/** Work that does nothing; its handle crashes it. */
function idle(id: string): ChildSpec<() => void> {
  return {
    id,
    restart: "permanent",
    shutdown: 5000,
    type: "worker",
    async start() {
      const exit = Promise.withResolvers<Exit>();
      return {
        handle: () => exit.resolve(CRASH),
        exited: exit.promise,
        stop: () => exit.resolve({ kind: "shutdown" }),
        kill: () => exit.resolve({ kind: "killed" }),
      };
    },
  };
}

async function withChildren(count: number, listener: Listener = () => {}): Promise<Supervisor> {
  const supervisor = await startSupervisor("bench", { dynamic: {}, intensity: UNLIMITED, listener });
  for (let index = 0; index < count; index++) await supervisor.startChild(idle(`child ${index}`));
  return supervisor;
}

async function microseconds(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) * 1000;
}

/** Prints the bytes of the heap that so many children take. In a process of its own, where nothing else comes and goes. */
async function printMemory(count: number): Promise<void> {
  const heapBytes = () => {
    Bun.gc(true);
    return heapStats().heapSize;
  };
  await (await withChildren(1)).stop();
  const before = heapBytes();
  const supervisor = await withChildren(count);
  console.log(heapBytes() - before);
  await supervisor.stop();
}

async function memoryOf(count: number): Promise<number> {
  const child = Bun.spawn([process.execPath, import.meta.path, "--memory", String(count)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  return Number(await child.stdout.text());
}

/** Microseconds. */
interface Times {
  start: number;
  stop: number;
  endOneByOne: number;
}

interface Cost extends Times {
  bytes: number;
}

async function timesOf(count: number): Promise<Times> {
  let supervisor = await withChildren(0);
  const start = await microseconds(async () => {
    supervisor = await withChildren(count);
  });
  const stop = await microseconds(() => supervisor.stop());
  const other = await withChildren(count);
  const endOneByOne = await microseconds(async () => {
    for (let index = 0; index < count; index++) await other.terminateChild(`child ${index}`);
  });
  await other.stop();
  return { start, stop, endOneByOne };
}

/** The cost of each size, measured by turns; medians. */
async function costs(rounds: number): Promise<Map<number, Cost>> {
  const all = new Map<number, Times[]>(SIZES.map((size) => [size, []]));
  for (let round = -3; round < rounds; round++) {
    for (const size of SIZES) {
      const times = await timesOf(size);
      if (round >= 0) all.get(size)?.push(times);
    }
  }
  const medians = new Map<number, Cost>();
  for (const [size, list] of all) medians.set(size, { ...medianTimes(list), bytes: await memoryOf(size) });
  return medians;
}

function medianTimes(list: readonly Times[]): Times {
  const of = (pick: (times: Times) => number) => median(list.map(pick).sort((a, b) => a - b));
  return {
    start: of((cost) => cost.start),
    stop: of((cost) => cost.stop),
    endOneByOne: of((cost) => cost.endOneByOne),
  };
}

function printCosts(bySize: ReadonlyMap<number, Cost>): void {
  console.log(
    "children  start ms  stop ms  end one by one ms  memory kB  | per child: start us  stop us  end us  bytes",
  );
  for (const [size, { start, stop, endOneByOne, bytes }] of bySize) {
    const whole = [
      cell(start / 1000, 10),
      cell(stop / 1000, 9),
      cell(endOneByOne / 1000, 19),
      cell(bytes / 1000, 11, 0),
    ];
    const each = [
      cell(start / size, 20),
      cell(stop / size, 9),
      cell(endOneByOne / size, 8),
      cell(bytes / size, 7, 0),
    ];
    console.log(`${String(size).padStart(8)}${whole.join("")}  |${each.join("")}`);
  }
  const [least, most] = [bySize.get(SIZES[0] ?? 0), bySize.get(SIZES.at(-1) ?? 0)];
  if (!least || !most) return;
  const factor = (SIZES.at(-1) ?? 1) / (SIZES[0] ?? 1);
  const growth = (pick: (cost: Cost) => number) => (pick(most) / pick(least) / factor).toFixed(2);
  console.log(
    `per child, ${factor} times as many cost: start ${growth((cost) => cost.start)}, stop ${growth((cost) => cost.stop)}, ` +
      `one by one ${growth((cost) => cost.endOneByOne)}, memory ${growth((cost) => cost.bytes)} (1 is linear)`,
  );
}

function cell(value: number, width: number, digits = 1): string {
  return value.toFixed(digits).padStart(width);
}

/** Microseconds from a crash until the child runs again, among so many siblings. */
async function restartTime(siblings: number): Promise<number> {
  let adopted = Promise.withResolvers<void>();
  const supervisor = await withChildren(siblings, ({ type }) => {
    if (type === "child_started") adopted.resolve();
  });
  let crash = () => {};
  const spec = idle("victim");
  const start: typeof spec.start = async (context) => {
    const running = await spec.start(context);
    if (running !== "ignore") crash = running.handle;
    return running;
  };
  await supervisor.startChild({ ...spec, start });
  const total = await microseconds(async () => {
    for (let restart = 0; restart < RESTARTS; restart++) {
      adopted = Promise.withResolvers();
      crash();
      await adopted.promise;
    }
  });
  await supervisor.stop();
  return total / RESTARTS;
}

/** Microseconds for the decision alone: who restarts, with whom, how soon, and whether it is too often. */
async function decisionTime(siblings: number): Promise<number> {
  const children = Array.from({ length: siblings }, (_, index) => index);
  const backoff = { baseMs: 200, capMs: 5000, resetMs: 30_000 };
  const intensity = { maxRestarts: 3, maxSeconds: 5 };
  let [times, sum]: [number[], number] = [[], 0];
  const total = await microseconds(async () => {
    for (let restart = 0; restart < RESTARTS; restart++) {
      if (afterExit("transient", CRASH) === "restart")
        sum += restartGroup("one_for_one", children, restart % siblings).length;
      times = recordRestart(times, restart * 2000, intensity);
      sum += backoffDelay(backoff, times.length, Math.random);
    }
  });
  if (sum === 0) throw new Error("nothing was decided");
  return total / RESTARTS;
}

async function main([first, second]: readonly string[]): Promise<void> {
  if (first === "--memory") return printMemory(Number(second));
  printCosts(await costs(Math.max(5, Number(first ?? 15))));
  await decisionTime(10);
  console.log(`one restart decision: ${cell(await decisionTime(1000), 0, 2)} us`);
  for (const siblings of [0, 250, 1000]) {
    await restartTime(siblings);
    console.log(`crash to restart among ${siblings} siblings: ${cell(await restartTime(siblings), 0)} us`);
  }
}

await main(process.argv.slice(2));
