import { describe, expect, test } from "bun:test";
import { describeTree, duration, renderTree } from "../../src/app/tree-view.ts";
import { startSupervisor, supervisorSpec } from "../../src/supervisor/start.ts";
import { FakeClock, settled } from "../fixtures/fake-clock.ts";
import { crash, Story } from "../supervisor/scripted-child.ts";

const words = (error: unknown) => (error instanceof Error ? error.message : String(error));

describe("the tree", () => {
  test("tells of each child how it is, and renders it in columns", async () => {
    const story = new Story();
    const clock = new FakeClock();
    const backoff = { baseMs: 400, capMs: 400, resetMs: 1000 };
    const [steady, shaky] = [story.child("steady"), story.child("shaky", { backoff })];
    const inner = supervisorSpec("inner", { children: [shaky.spec], clock, random: () => 1 });
    const root = await startSupervisor("root", { children: [steady.spec, inner], clock });
    await clock.advance(2000);
    shaky.end(crash("out of \u001b[31mluck"));
    await settled();
    await clock.advance(100);
    const tree = describeTree(root, clock.now(), words);
    expect(tree.children).toMatchObject([
      { id: "steady", type: "worker", state: "running", up_ms: 2100, restarts: 0 },
      { id: "inner", type: "supervisor", children: [{ id: "shaky", state: "restarting", next_try_ms: 300 }] },
    ]);
    const lines = renderTree({ ...tree, pid: 42 }).split("\n");
    expect(lines).toEqual([
      "             state       pid  restarts  up     next try  last exit",
      "root         running     42",
      "├─ steady    running                    2.1 s",
      "└─ inner     running                    2.1 s",
      "   └─ shaky  restarting                        300 ms    out of luck",
      "",
    ]);
    await root.stop();
  });
});

test.each([
  [undefined, ""],
  [7, "7 ms"],
  [1500, "1.5 s"],
  [60_000, "1 min"],
  [3_660_000, "1 h 1 min"],
])("%p ms are %p", (ms, text) => {
  expect(duration(ms)).toBe(text);
});
