/** Programs under measurement: how they are run, how long they take, how much memory they need. */
import { readFileSync } from "node:fs";

export interface Program {
  name: string;
  command: string[];
  environment: Record<string, string>;
}

/** Runs a program to its end. Returns milliseconds from its start. Throws when it fails. */
export async function timeOf(program: Program): Promise<number> {
  const startedAt = performance.now();
  const child = start(program);
  const code = await child.exited;
  const elapsed = performance.now() - startedAt;
  if (code !== 0) throw new Error(`${program.name} exited with ${code}: ${await child.stderr.text()}`);
  return elapsed;
}

function start({ command, environment }: Program) {
  return Bun.spawn(command, { env: environment, stdio: ["ignore", "ignore", "pipe"] });
}

/**
 * Times the programs by turns, so that a change in the machine's load meets all of them. Returns the sorted
 * times of each, in milliseconds.
 */
export async function timeByTurns(programs: readonly Program[], rounds: number): Promise<number[][]> {
  const warmUps = 5;
  const times: number[][] = programs.map(() => []);
  for (let round = -warmUps; round < rounds; round++) {
    for (const [index, program] of programs.entries()) {
      const elapsed = await timeOf(program);
      if (round >= 0) times[index]?.push(elapsed);
    }
  }
  return times.map((list) => list.sort((a, b) => a - b));
}

export function median(sorted: readonly number[]): number {
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}

/**
 * The peak memory of a program in bytes, read from the system while it runs, so the program should last a while.
 * Undefined where there is no /proc. The resource usage of the ended process would count the memory of this one: a
 * process begins its life as a copy of its parent.
 */
export async function peakMemory(program: Program): Promise<number | undefined> {
  if (process.platform !== "linux") return undefined;
  const child = start(program);
  let peak = 0;
  let running = true;
  const ended = child.exited.then((code) => {
    running = false;
    return code;
  });
  while (running) {
    peak = Math.max(peak, highWaterMark(child.pid));
    await Bun.sleep(1);
  }
  const code = await ended;
  if (code !== 0) throw new Error(`${program.name} exited with ${code}: ${await child.stderr.text()}`);
  return peak;
}

function highWaterMark(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
