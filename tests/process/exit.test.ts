import { expect, setDefaultTimeout, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { eventually, isAlive } from "./programs.ts";

setDefaultTimeout(60_000);

const owner = fileURLToPath(new URL("owner.ts", import.meta.url));

/** Starts the owner and returns it with the pids of what it owns. */
async function startOwner(way: string) {
  const child = Bun.spawn([process.execPath, owner, way], { stdout: "pipe", stderr: "ignore" });
  const reader = child.stdout.getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { done, value } = await reader.read();
    if (done) break;
    text += Buffer.from(value).toString("utf8");
  }
  const pids = text.trim().split(" ").map(Number);
  expect(pids).toHaveLength(3);
  return { child, pids };
}

async function expectGone(pids: readonly number[]): Promise<void> {
  for (const pid of pids) await eventually(`${pid} is gone`, async () => !(await isAlive(pid)));
}

test.each(["throw", "exit"])("no group outlives its owner's end by %s", async (way) => {
  const { child, pids } = await startOwner(way);
  expect(await child.exited).toBe(way === "throw" ? 1 : 0);
  await expectGone(pids);
});

test.each(["SIGTERM", "SIGHUP", "SIGINT"] as const)(
  "no group outlives its owner's end by %s",
  async (signal) => {
    const { child, pids } = await startOwner("signal");
    for (const pid of pids) expect(await isAlive(pid)).toBe(true);
    child.kill(signal);
    expect(await child.exited).toBe(1);
    await expectGone(pids);
  },
);

// Whoever has just been started is found by its environment, which other systems do not show.
test.skipIf(process.platform !== "linux")(
  "no process outlives its owner's end by SIGKILL while it is being started",
  async () => {
    const { child, pids } = await startOwner("starting");
    for (const pid of pids) expect(await isAlive(pid)).toBe(true);
    child.kill("SIGKILL");
    await child.exited;
    await expectGone(pids);
  },
);

test.each([
  ["SIGKILL, which no handler sees", "signal"],
  ["SIGKILL after the guard itself was killed", "guardless"],
])("no group outlives its owner's end by %s", async (_, way) => {
  const { child, pids } = await startOwner(way);
  child.kill("SIGKILL");
  await child.exited;
  await expectGone(pids);
});
