import { expect, onTestFinished, setDefaultTimeout, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { killGroup } from "../../src/process/group.ts";
import { createGuard } from "../../src/process/guard.ts";
import { createGroupTracker } from "../../src/process/tracker.ts";
import { eventually, isAlive } from "./programs.ts";

setDefaultTimeout(60_000);

const program = fileURLToPath(new URL("guarded.ts", import.meta.url));

test("a group that is gone is the guard's no more: whoever has its number by then is left alone", async () => {
  const child = Bun.spawn([process.execPath, program], { stdout: "pipe", stderr: "inherit" });
  const { value } = await child.stdout.getReader().read();
  const [guarded = 0, released = 0, guard = 0] = Buffer.from(value ?? [])
    .toString()
    .trim()
    .split(" ")
    .map(Number);
  onTestFinished(() => {
    for (const leader of [guarded, released]) killGroup(leader);
  });
  child.kill("SIGKILL");
  await child.exited;
  await eventually("the guard has done its work", async () => !(await isAlive(guard)));
  expect(await isAlive(guarded)).toBe(false);
  expect(await isAlive(released)).toBe(true);
});

test("observers hear of the groups that are there, of those that come, and of their ends", () => {
  const heard: string[] = [];
  const tracker = createGroupTracker();
  const forgetFirst = tracker.add(11);
  const end = tracker.observe({
    addGroup: (leader) => void heard.push(`+${leader}`),
    removeGroup: (leader) => void heard.push(`-${leader}`),
  });
  const forgetSecond = tracker.add(22);
  forgetFirst();
  end();
  forgetSecond();
  expect(heard).toEqual(["+11", "+22", "-11"]);
  expect(tracker.live()).toEqual([]);
});

test("without a shell there is no guard, and nothing else is the worse for it", () => {
  const guard = createGuard("/no/such/shell");
  expect(() => {
    guard.addGroup(2 ** 30);
    guard.removeGroup(2 ** 30);
  }).not.toThrow();
  expect(guard.pid).toBeUndefined();
});
