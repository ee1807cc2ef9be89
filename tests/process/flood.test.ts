/** A process that never stops writing must not keep everything else from its turn. */
import { expect, setDefaultTimeout, test } from "bun:test";
import type { RunningProcess } from "../../src/process/spawn.ts";
import { shell } from "./programs.ts";

setDefaultTimeout(60_000);

/** Reads the output as slowly as one does who parses it. */
async function readSlowly({ handle }: RunningProcess): Promise<void> {
  for await (const chunk of handle.stdout) {
    for (const end = performance.now() + 0.01 * (chunk.length / 1024); performance.now() < end; );
  }
}

/** Whether the flood still went on when timers had had their turn. It ends by itself, so that a failure ends as well. */
async function isInterruptible(redirection: string): Promise<boolean> {
  const running = shell(`exec timeout 5 yes ${redirection}`);
  let ended = false;
  const read = readSlowly(running).then(() => running.exited);
  void read.then(() => {
    ended = true;
  });
  // The first turns may come before the flood does.
  for (let turns = 0; turns < 20; turns++) await Bun.sleep(1);
  const interrupted = !ended;
  running.kill();
  await read;
  return interrupted;
}

test("timers run while it floods its standard output", async () => {
  expect(await isInterruptible("")).toBe(true);
});

test("and while it floods its standard error", async () => {
  expect(await isInterruptible(">&2")).toBe(true);
});
