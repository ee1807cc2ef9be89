/** Supervisors whose children come and go. */
import { describe, expect, test } from "bun:test";
import { startSupervisor, supervisorSpec } from "../../src/supervisor/start.ts";
import type { Supervisor } from "../../src/supervisor/supervisor.ts";
import { FakeClock, settled } from "../fixtures/fake-clock.ts";
import { crash, type ScriptedChild, Story } from "./scripted-child.ts";

const codeOf = (error: { code?: string }) => error.code;
const idsOf = (supervisor: Supervisor) => supervisor.whichChildren().map(({ id }) => id);

async function dynamicWith(children: readonly ScriptedChild[], maxChildren?: number) {
  const clock = new FakeClock();
  const dynamic = maxChildren === undefined ? {} : { maxChildren };
  const supervisor = await startSupervisor("root", { dynamic, clock, random: () => 1 });
  for (const { spec } of children) await supervisor.startChild(spec);
  return { clock, supervisor };
}

describe("max_children", () => {
  test("counts a child that waits for its restart, and not one that is gone", async () => {
    const story = new Story();
    const a = story.child("a", { backoff: { baseMs: 100, capMs: 100, resetMs: 1 } });
    const b = story.child("b", { restart: "temporary" });
    const c = story.child("c");
    const { clock, supervisor } = await dynamicWith([a, b], 2);
    a.end(crash());
    await settled();
    expect(await supervisor.startChild(c.spec).catch(codeOf)).toBe("max_children");
    await clock.advance(100);
    expect(a.alive).toBe(1);
    b.end(crash());
    await settled();
    expect(await supervisor.startChild(c.spec)).toBe("c#1");
    await supervisor.stop();
  });

  test("of zero takes nobody", async () => {
    const { supervisor } = await dynamicWith([], 0);
    expect(await supervisor.startChild(new Story().child("a").spec).catch(codeOf)).toBe("max_children");
    await supervisor.stop();
  });
});

describe("a spec", () => {
  test("goes with a start that fails, at once or in its time, and may come again", async () => {
    const story = new Story();
    let fails = true;
    const child = story.child("a", {
      onStart: () => {
        if (fails) throw new Error("not yet");
      },
    });
    const { clock, supervisor } = await dynamicWith([]);
    const error = await supervisor.startChild(child.spec).catch((e) => e);
    expect(error).toMatchObject({ code: "start_failed", cause: { message: "not yet" } });
    const hanging = story.child("b", { startTimeout: 50, shutdown: 0, onStart: () => new Promise(() => {}) });
    const starting = supervisor.startChild(hanging.spec).catch(codeOf);
    await clock.advance(50);
    expect(await starting).toBe("start_failed");
    expect(idsOf(supervisor)).toEqual([]);
    fails = false;
    expect(await supervisor.startChild(child.spec)).toBe("a#2");
    await supervisor.stop();
  });

  test.each(["permanent", "transient", "temporary"] as const)(
    "of a %s child goes when it is terminated, ignored or over",
    async (restart) => {
      const story = new Story();
      const a = story.child("a", { restart });
      const b = story.child("b", { restart, onStart: () => "ignore" });
      const c = story.child("c", { restart, onStart: () => (c.starts > 1 ? "ignore" : undefined) });
      const { supervisor } = await dynamicWith([a, b, c]);
      expect(idsOf(supervisor)).toEqual(["a", "c"]);
      await supervisor.terminateChild("a");
      // Gone for good, or started again and ignored: in either case there is nothing left of it.
      c.end(crash());
      await settled();
      expect(idsOf(supervisor)).toEqual([]);
      expect(c.starts).toBe(restart === "temporary" ? 1 : 2);
      await supervisor.stop();
    },
  );

  test("is not kept for a transient child that ended well", async () => {
    const child = new Story().child("a", { restart: "transient" });
    const { supervisor } = await dynamicWith([child]);
    child.end({ kind: "normal" });
    await settled();
    expect(idsOf(supervisor)).toEqual([]);
    await supervisor.stop();
  });
});

test("children stop in parallel, each with a deadline of its own", async () => {
  const story = new Story();
  const deaf = (id: string, shutdown: number) => story.child(id, { shutdown, onStop: () => {} });
  const children = [deaf("a", 300), deaf("b", 500), story.child("c")];
  const { clock, supervisor } = await dynamicWith(children);
  story.told();
  const stop = supervisor.stop();
  await clock.advance(299);
  expect(story.told()).toEqual(["stop c", "stop b", "stop a"]);
  await clock.advance(1);
  expect(story.told()).toEqual(["kill a"]);
  await clock.advance(199);
  expect(story.told()).toEqual([]);
  await clock.advance(1);
  await stop;
  expect(story.told()).toEqual(["kill b"]);
  expect([children.map(({ alive }) => alive), clock.pending]).toEqual([[0, 0, 0], 0]);
});

test("children are not kept over the supervisor's own restart", async () => {
  const story = new Story();
  const clock = new FakeClock();
  const intensity = { maxRestarts: 0, maxSeconds: 5 };
  const inner = supervisorSpec("inner", { dynamic: {}, intensity, clock });
  const root = await startSupervisor("root", { children: [inner], clock });
  const current = () => root.whichChildren()[0]?.handle as Supervisor; // What supervisorSpec starts.
  const first = current();
  const [a, b] = [story.child("a"), story.child("b")];
  await first.startChild(a.spec);
  await first.startChild(b.spec);
  a.end(crash());
  await settled();
  expect(current()).not.toBe(first);
  expect(idsOf(current())).toEqual([]);
  expect([a.alive, b.alive, a.starts, b.starts]).toEqual([0, 0, 1, 1]);
  expect(await first.startChild(a.spec).catch(codeOf)).toBe("stopped");
  await root.stop();
});

test("nothing is retained for the dead", async () => {
  const story = new Story();
  const { clock, supervisor } = await dynamicWith([]);
  const handles: WeakRef<object>[] = [];
  for (let round = 0; round < 100; round++) {
    const child = story.child(`child ${round}`, { restart: "temporary", health: aliveProbe() });
    const { start } = child.spec;
    const spec = {
      ...child.spec,
      start: async (context: Parameters<typeof start>[0]) => remember(await start(context)),
    };
    await supervisor.startChild(spec);
    child.end(crash());
    await settled();
  }
  function remember(running: Awaited<ReturnType<ScriptedChild["spec"]["start"]>>) {
    if (running !== "ignore") handles.push(new WeakRef(running));
    return running;
  }
  expect(supervisor.countChildren()).toEqual({ specs: 0, active: 0, workers: 0, supervisors: 0 });
  expect(clock.pending).toBe(0);
  Bun.gc(true);
  await settled();
  Bun.gc(true);
  const retained = handles.filter((handle) => handle.deref() !== undefined).length;
  // The collector looks at the stack too and may take words there for some of the last; a leak would keep all hundred.
  expect(retained).toBeLessThan(50);
  await supervisor.stop();
});

function aliveProbe() {
  return { check: async () => {}, everyMs: 10, timeoutMs: 10, misses: 1 };
}
