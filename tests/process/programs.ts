/**
 * What the tests of this folder share: programs in `sh` that tell when they are ready, and a look at what is alive.
 */

import { childEnvironment } from "../../src/process/environment.ts";
import { type RunningProcess, type SpawnOptions, spawnProcess } from "../../src/process/spawn.ts";

/** Starts `sh -c script`. */
export function shell(script: string, options: Partial<SpawnOptions> = {}): RunningProcess {
  return spawnProcess({ command: "sh", args: ["-c", script], env: childEnvironment({}), ...options });
}

/** Reads the output of a process up to the first line break. */
export async function firstLine(running: RunningProcess): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  const reader = running.handle.stdout[Symbol.asyncIterator]();
  while (!text.includes("\n")) {
    const { done, value } = await reader.next();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  return text.split("\n")[0] ?? "";
}

/** All the output of a process. */
export async function output(running: RunningProcess): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of running.handle.stdout) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

/** Whether a process runs; a zombie that nobody has reaped does not count. */
export async function isAlive(pid: number): Promise<boolean> {
  const status = Bun.spawn(["ps", "-o", "stat=", "-p", String(pid)], { stdout: "pipe" });
  const state = (await status.stdout.text()).trim();
  return state !== "" && !state.startsWith("Z");
}

/** Polls until the condition holds; throws after ten seconds. */
export async function eventually(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not in time: ${what}`);
    await Bun.sleep(10);
  }
}
