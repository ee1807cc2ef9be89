import { describe, expect, test } from "bun:test";
import {
  createLifeReader,
  elapsedMs,
  type Life,
  type LifeEvent,
  nextLife,
} from "../../src/mcp/client/life.ts";
import type { SupervisionEvent } from "../../src/supervisor/spec.ts";

const live = (events: LifeEvent[]) =>
  events.reduce<Life>((life, event, index) => nextLife(life, event, index * 100), { state: "stopped" });

describe("the life of a server", () => {
  test("from its start to ready, through crashes and back", () => {
    const crash: LifeEvent = { type: "crashed", error: new Error("exit 1") };
    expect(live([{ type: "begun" }, { type: "ready" }])).toEqual({ state: "ready", startMs: 100 });
    const twice = live([{ type: "begun" }, { type: "ready" }, crash, crash]);
    expect(twice).toEqual({ state: "restarting", since: 200, error: "exit 1", reason: "exit 1" });
    expect(elapsedMs(twice, 500)).toBe(300);
    expect(nextLife(twice, { type: "ready" }, 400)).toEqual({ state: "ready", startMs: 200 });
  });

  test("ends once, until it is begun again", () => {
    const failed = live([{ type: "begun" }, { type: "failed", error: new Error("why") }]);
    expect(failed).toEqual({ state: "failed", ms: 100, error: "why" });
    for (const type of ["ready", "ended"] as const) expect(nextLife(failed, { type }, 900)).toBe(failed);
    expect(nextLife(failed, { type: "begun" }, 900)).toEqual({ state: "starting", since: 900 });
  });
});

describe("what supervision events mean for it", () => {
  const at = { path: "servers/files", at: 0 };
  const exited = (id: string, error: unknown): SupervisionEvent => ({
    ...at,
    type: "child_exited",
    id,
    exit: { kind: "crash", error },
  });

  test("a restart is told with the reason of the child that caused it", () => {
    const read = createLifeReader("permanent");
    expect(read(exited("connection", "late"))).toBeUndefined();
    expect(read({ ...at, type: "child_exited", id: "process", exit: { kind: "killed" } })).toBeUndefined();
    const scheduled: SupervisionEvent = { ...at, type: "restart_scheduled", id: "connection", delayMs: 1 };
    expect(read(scheduled)).toEqual({ type: "crashed", error: "late" });
    const exceeded: SupervisionEvent = { ...at, type: "intensity_exceeded", id: "connection" };
    expect(read(exceeded)).toEqual({ type: "failed", error: "late" });
  });

  test("the end of a child that is not restarted is the end of the server", () => {
    const normal: SupervisionEvent = { ...at, type: "child_exited", id: "process", exit: { kind: "normal" } };
    expect(createLifeReader("permanent")(normal)).toBeUndefined();
    expect(createLifeReader("transient")(normal)).toEqual({ type: "ended" });
    expect(createLifeReader("temporary")(exited("process", "why"))).toEqual({ type: "failed", error: "why" });
    expect(createLifeReader("transient")(exited("process", "why"))).toBeUndefined();
  });
});
