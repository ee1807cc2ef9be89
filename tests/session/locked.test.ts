/** Another process keeps the database locked. */
import { expect, onTestFinished, setDefaultTimeout, test } from "bun:test";
import path from "node:path";
import type { Subprocess } from "bun";
import { isBusy } from "../../src/session/patience.ts";
import { eventually } from "../process/programs.ts";
import { databaseFile, openedStore, SessionRig, say, texts } from "./rig.ts";

setDefaultTimeout(120_000);

const PROGRAM = path.join(import.meta.dir, "..", "fixtures", "lock-holder.ts");

/** Locks until it is told to let go, or for `ms`. */
async function lock(file: string, ms?: number): Promise<Subprocess<"pipe", "pipe", "inherit">> {
  const args = ms === undefined ? [file] : [file, String(ms)];
  const holder = Bun.spawn([process.execPath, PROGRAM, ...args], { stdin: "pipe", stdout: "pipe" });
  onTestFinished(() => holder.kill("SIGKILL"));
  const { value } = await holder.stdout.getReader().read();
  expect(Buffer.from(value ?? []).toString()).toBe("locked\n");
  return holder;
}

async function release(holder: Subprocess<"pipe", "pipe", "inherit">): Promise<void> {
  await holder.stdin.end();
  expect(await holder.exited).toBe(0);
}

/** What it threw, and how long that took in milliseconds. */
function thrown(work: () => unknown): { error: unknown; ms: number } {
  const startedAt = performance.now();
  try {
    work();
  } catch (error) {
    return { error, ms: performance.now() - startedAt };
  }
  throw new Error("it did not throw");
}

test("opening waits for whoever migrates", async () => {
  const file = databaseFile();
  openedStore(file).close();
  const holder = await lock(file, 600);
  expect(openedStore(file).sessions.list()).toEqual([]);
  expect(await holder.exited).toBe(0);
});

test("a write gives up after a moment, reading does not wait", async () => {
  const file = databaseFile();
  const store = openedStore(file);
  const holder = await lock(file);
  const { error, ms } = thrown(() => store.history.add("text"));
  expect(isBusy(error)).toBe(true);
  expect(ms).toBeGreaterThan(200);
  expect(store.history.recent(1)).toEqual([]);
  await release(holder);
  store.history.add("text");
  expect(store.history.recent(1)).toEqual(["text"]);
});

test("a message that must be on disk waits longer than a moment, and not for ever", async () => {
  const rig = await SessionRig.started();
  rig.session.handle.append(say("one"));
  const short = await lock(rig.file, 400);
  rig.session.handle.append(say("two"));
  expect(await short.exited).toBe(0);
  const long = await lock(rig.file);
  const { error, ms } = thrown(() => rig.session.handle.append(say("three")));
  expect(isBusy(error)).toBe(true);
  expect(ms).toBeGreaterThan(700);
  await release(long);
  expect(texts(rig.session.handle.messages())).toEqual(["one", "two"]);
});

test("an answer goes on, is tried again now and then, and is on disk in the end", async () => {
  const rig = await SessionRig.started();
  rig.session.handle.append(say("question"));
  const answer = rig.session.handle.beginAnswer({ provider: "p", model: "m" });
  answer.update(say("a").blocks);
  const holder = await lock(rig.file);
  await rig.clock.advance(250);
  answer.update(say("a b").blocks);
  expect(rig.notices).toHaveLength(1);
  expect(rig.notices[0]).toContain("keeps the database locked; it is tried again");
  await release(holder);
  const ends = () => texts(openedStore(rig.file).messages.branch(rig.session.handle.current().id ?? ""));
  // The time of the clock stands still: none of these is a try, which would work by now.
  for (let word = 0; word < 100; word++) answer.update(say("a b c").blocks);
  expect(ends().at(-1)).toBe("a");
  await rig.clock.advance(1000);
  await eventually("the answer is on disk", () => ends().at(-1) === "a b c");
  expect(rig.notices).toHaveLength(1);
});
