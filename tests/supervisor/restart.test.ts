import { describe, expect, test } from "bun:test";
import type { Exit, Restart, Strategy } from "../../src/supervisor/spec.ts";
import { startSupervisor } from "../../src/supervisor/start.ts";
import { FakeClock, settled } from "../fixtures/fake-clock.ts";
import { crash, Story } from "./scripted-child.ts";

const NORMAL: Exit = { kind: "normal" };
const SHUTDOWN: Exit = { kind: "shutdown" };
const KILLED: Exit = { kind: "killed" };

describe("what follows an exit", () => {
  const cases: [Restart, Exit, "restarted" | "kept" | "deleted"][] = [
    ["permanent", NORMAL, "restarted"],
    ["permanent", SHUTDOWN, "restarted"],
    ["permanent", crash(), "restarted"],
    ["permanent", KILLED, "restarted"],
    ["transient", NORMAL, "kept"],
    ["transient", SHUTDOWN, "kept"],
    ["transient", crash(), "restarted"],
    ["transient", KILLED, "restarted"],
    ["temporary", NORMAL, "deleted"],
    ["temporary", SHUTDOWN, "deleted"],
    ["temporary", crash(), "deleted"],
    ["temporary", KILLED, "deleted"],
  ];
  for (const [restart, exit, outcome] of cases) {
    test(`${restart}, ${exit.kind}: ${outcome}`, async () => {
      const story = new Story();
      const child = story.child("a", { restart });
      const supervisor = await startSupervisor("root", { children: [child.spec], clock: new FakeClock() });
      child.end(exit);
      await settled();
      expect(child.starts).toBe(outcome === "restarted" ? 2 : 1);
      expect(supervisor.whichChildren().length).toBe(outcome === "deleted" ? 0 : 1);
      await supervisor.stop();
    });
  }
});

describe("strategies", () => {
  const cases: [Strategy, string[]][] = [
    ["one_for_one", ["start b"]],
    ["one_for_all", ["stop d", "stop c", "stop a", "start a", "start b", "start c"]],
    ["rest_for_one", ["stop d", "stop c", "start b", "start c"]],
  ];
  for (const [strategy, expected] of cases) {
    test(`${strategy}: others end in reverse, start in order, a temporary bystander stays away`, async () => {
      const story = new Story();
      const children = ["a", "b", "c"].map((id) => story.child(id));
      const bystander = story.child("d", { restart: "temporary" });
      const supervisor = await startSupervisor("root", {
        strategy,
        clock: new FakeClock(),
        children: [...children, bystander].map((child) => child.spec),
      });
      story.told();
      children[1]?.end(crash());
      await settled();
      expect(story.told()).toEqual(expected);
      const remaining = strategy === "one_for_one" ? ["a", "b", "c", "d"] : ["a", "b", "c"];
      expect(supervisor.whichChildren().map(({ id }) => id)).toEqual(remaining);
      expect(bystander.alive).toBe(remaining.length - 3);
      await supervisor.stop();
      expect(children.every((child) => child.alive === 0)).toBe(true);
    });
  }

  test("a start is told which one it is", async () => {
    const story = new Story();
    const attempts: number[] = [];
    const child = story.child("a", { onStart: ({ attempt }) => void attempts.push(attempt) });
    const options = { children: [child.spec], clock: new FakeClock() };
    const supervisor = await startSupervisor("root", options);
    for (let times = 0; times < 2; times++) {
      child.end(crash());
      await settled();
    }
    expect(attempts).toEqual([0, 1, 2]);
    await supervisor.stop();
  });

  test("two siblings that crash in one tick are one restart under one_for_all, two under one_for_one", async () => {
    for (const [strategy, restarts] of [
      ["one_for_all", 1],
      ["one_for_one", 2],
    ] as const) {
      const story = new Story();
      const [a, b] = [story.child("a"), story.child("b")];
      const options = {
        strategy,
        children: [a.spec, b.spec],
        listener: story.listener,
        clock: new FakeClock(),
      };
      const supervisor = await startSupervisor("root", options);
      a.end(crash());
      b.end(crash());
      await settled();
      expect(story.events.filter((event) => event.type === "restart_scheduled").length).toBe(restarts);
      expect([a.alive, b.alive]).toEqual([1, 1]);
      await supervisor.stop();
    }
  });

  test("a start that fails in a sibling: one_for_all begins anew, rest_for_one resumes from the one that failed", async () => {
    for (const [strategy, expected] of [
      [
        "one_for_all",
        [
          "stop c",
          "stop b",
          "start a",
          "start b",
          "start c",
          "stop b",
          "stop a",
          "start a",
          "start b",
          "start c",
        ],
      ],
      ["rest_for_one", ["stop c", "stop b", "start a", "start b", "start c", "start c"]],
    ] as const) {
      const story = new Story();
      const [a, b] = [story.child("a"), story.child("b")];
      const c = story.child("c", {
        onStart: () => {
          if (c.starts === 2) throw new Error("not yet");
        },
      });
      const options = { strategy, children: [a.spec, b.spec, c.spec], clock: new FakeClock() };
      const supervisor = await startSupervisor("root", options);
      story.told();
      a.end(crash());
      await settled();
      expect(story.told()).toEqual([...expected]);
      await supervisor.stop();
    }
  });

  test("a temporary child that joins while the others wait for a restart goes with it, and stays away", async () => {
    for (const strategy of ["one_for_all", "rest_for_one"] as const) {
      const story = new Story();
      const time = new FakeClock();
      const a = story.child("a", { backoff: { baseMs: 100, capMs: 100, resetMs: 1 } });
      const guest = story.child("guest", { restart: "temporary" });
      const options = { strategy, children: [a.spec], clock: time, random: () => 1 };
      const supervisor = await startSupervisor("root", options);
      a.end(crash());
      await settled();
      await supervisor.startChild(guest.spec);
      await time.advance(100);
      expect(story.told()).toEqual(["start a", "start guest", "stop guest", "start a"]);
      expect(supervisor.whichChildren().map(({ id }) => id)).toEqual(["a"]);
      await supervisor.stop();
    }
  });

  test("a child that ended before its start returned is restarted like any other", async () => {
    const story = new Story();
    const child = story.child("a");
    const { start } = child.spec;
    child.spec.start = async (context) => {
      const running = await start(context);
      if (child.starts === 1) child.end(crash());
      return running;
    };
    const supervisor = await startSupervisor("root", { children: [child.spec], clock: new FakeClock() });
    await settled();
    expect(child.starts).toBe(2);
    await supervisor.stop();
  });
});
