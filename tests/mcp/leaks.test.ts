/** What is over leaves nothing behind: no timer, no open file, no listener on what lives on. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync } from "node:fs";
import { type Clock, systemClock } from "../../src/lib/clock.ts";
import { startMcp } from "./harness.ts";
import { eventually, rawServer, serverConfig } from "./servers.ts";

setDefaultTimeout(120_000);

const RESTARTS = 25;
const CALLS = 500;

/** The clock of the system, and how many of its timers are still to fire. */
function countingClock() {
  let pending = 0;
  const clock: Clock = {
    now: systemClock.now,
    wall: systemClock.wall,
    setTimer(delayMs, callback) {
      let isOver = false;
      const end = () => {
        if (!isOver) pending--;
        isOver = true;
      };
      pending++;
      const cancel = systemClock.setTimer(delayMs, () => {
        end();
        callback();
      });
      return () => {
        end();
        cancel();
      };
    },
  };
  return { clock, pending: () => pending };
}

/** Open files of this process; none are counted where there is no /proc. */
function openFiles(): number {
  return process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0;
}

/** A branch with one server, which can be killed, and what it holds on to. */
async function startCounted() {
  const { clock, pending } = countingClock();
  const server = serverConfig("good", rawServer("good"));
  const intensity = { maxRestarts: 1000, maxSeconds: 1_000_000 };
  const mcp = await startMcp([server], { clock, intensity, random: () => 0.01 });
  await mcp.ready("good");
  const restart = async () => {
    const { pid = 0 } = mcp.status("good");
    process.kill(pid, "SIGKILL");
    await eventually(
      "it is back",
      () => mcp.status("good").state === "ready" && mcp.status("good").pid !== pid,
    );
    await mcp.call("good__echo", { message: "hi" });
  };
  return { mcp, pending, restart };
}

test("restarts leave neither timers nor open files, and no process", async () => {
  const { mcp, pending, restart } = await startCounted();
  await using _branch = mcp;
  // Whatever is set up once is there after the first.
  await restart();
  const before = { files: openFiles(), groups: mcp.tracker.live().length, timers: pending() };
  for (let count = 0; count < RESTARTS; count++) await restart();
  await eventually("the files are closed", () => openFiles() <= before.files);
  expect(mcp.tracker.live()).toHaveLength(before.groups);
  await eventually("the timers are gone", () => pending() <= before.timers);
});

test("calls leave no timer, and no listener on a signal that lives on", async () => {
  const { mcp, pending } = await startCounted();
  await using _branch = mcp;
  const [tool] = mcp.host.tools();
  if (!tool) throw new Error("there was no tool");
  const { signal } = new AbortController();
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  Object.assign(signal, {
    addEventListener(...args: Parameters<typeof addEventListener>) {
      listeners++;
      addEventListener.apply(signal, args);
    },
    removeEventListener(...args: Parameters<typeof removeEventListener>) {
      listeners--;
      removeEventListener.apply(signal, args);
    },
  });
  const before = pending();
  for (let call = 0; call < CALLS; call++) {
    await mcp.host.call(tool, { message: "hi" }, { signal, timeoutMs: 30_000 });
  }
  expect(pending()).toBe(before);
  expect(listeners).toBe(0);
});
