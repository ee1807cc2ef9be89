/** Random traces, and a run of one through the real supervisor and through the reference model. */
import fc from "fast-check";
import { SupervisorError } from "../../src/supervisor/errors.ts";
import type { Exit, Strategy, SupervisionEvent } from "../../src/supervisor/spec.ts";
import { startSupervisor } from "../../src/supervisor/start.ts";
import type { Supervisor } from "../../src/supervisor/supervisor.ts";
import { FakeClock, settled } from "../fixtures/fake-clock.ts";
import { type ModelChild, ReferenceModel } from "./reference-model.ts";
import { crash, type ScriptedChild, Story } from "./scripted-child.ts";

const IDS = ["a", "b", "c", "d"] as const;

export type Step =
  | { do: "exit"; id: string; kind: Exit["kind"] }
  | { do: "fail"; id: string; times: number }
  | { do: "advance"; ms: number }
  | { do: "start" | "restart" | "terminate" | "delete"; id: string }
  | { do: "stop" };

export interface Trace {
  strategy: "one_for_one" | "one_for_all" | "rest_for_one" | "dynamic";
  maxRestarts: number;
  children: ModelChild[];
  steps: Step[];
}

const anId = fc.constantFrom(...IDS);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("exit" as const),
      id: anId,
      kind: fc.constantFrom("normal", "shutdown", "killed", "crash"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("fail" as const),
      id: anId,
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("advance" as const),
      ms: fc.constantFrom(0, 1, 99, 100, 250, 1000, 5000, 5001),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom("start", "restart", "terminate", "delete"), id: anId }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("stop" as const) }) },
);
const child = (id: string): fc.Arbitrary<ModelChild> =>
  fc.record(
    {
      id: fc.constant(id),
      restart: fc.constantFrom("permanent", "transient", "temporary"),
      backoff: fc.constant({ baseMs: 100, capMs: 400, resetMs: 1000 }),
    },
    { requiredKeys: ["id", "restart"] },
  );

export const traces: fc.Arbitrary<Trace> = fc.record({
  strategy: fc.constantFrom("one_for_one", "one_for_all", "rest_for_one", "dynamic"),
  maxRestarts: fc.integer({ min: 0, max: 5 }),
  children: fc.tuple(...IDS.map(child)),
  steps: fc.array(step, { maxLength: 30 }),
});

export interface Outcome {
  told: string[];
  expected: string[];
  /** Broken invariants, in words. */
  broken: string[];
}

/** Runs a trace; what both told, step by step, and the invariants that did not hold. */
export async function runTrace(trace: Trace): Promise<Outcome> {
  const run = await begin(trace);
  for (const one of [...trace.steps, { do: "stop" } as const]) {
    const [real, model] = [await applyReal(run, one), applyModel(run.model, one, trace.children)];
    await settled();
    run.told.push(`-> ${real}`);
    run.model.told.push(`-> ${model}`);
    checkInvariants(run);
  }
  if (run.clock.pending > 0) run.broken.push(`${run.clock.pending} timers are left`);
  if (run.real.some(({ alive }) => alive > 0)) run.broken.push("somebody lives after the stop");
  return { told: run.told, expected: run.model.told, broken: run.broken };
}

interface Run {
  clock: FakeClock;
  supervisor: Supervisor;
  model: ReferenceModel;
  real: ScriptedChild[];
  told: string[];
  failing: Map<string, number>;
  broken: string[];
}

async function begin(trace: Trace): Promise<Run> {
  const dynamic = trace.strategy === "dynamic";
  const strategy: Strategy = trace.strategy === "dynamic" ? "one_for_one" : trace.strategy;
  const intensity = { maxRestarts: trace.maxRestarts, maxSeconds: 5 };
  const clock = new FakeClock();
  const failing = new Map<string, number>();
  const real = trace.children.map((spec) => scripted(spec, failing));
  const told: string[] = [];
  const listener = (event: SupervisionEvent) => void told.push(...wordsOf(event));
  const model = new ReferenceModel(strategy, intensity, dynamic);
  // The last child joins later, by a call.
  const children = real.slice(0, 3).map(({ spec }) => spec);
  const options = { strategy, intensity, clock, listener, random: () => 1 };
  const supervisor = await startSupervisor(
    "root",
    dynamic ? { ...options, dynamic: {} } : { ...options, children },
  );
  if (dynamic) for (const spec of children) await supervisor.startChild(spec);
  for (const spec of trace.children.slice(0, 3)) model.startChild(spec);
  return { clock, supervisor, model, real, told, failing, broken: [] };
}

function scripted(spec: ModelChild, failing: Map<string, number>): ScriptedChild {
  const onStart = () => {
    const failures = failing.get(spec.id) ?? 0;
    failing.set(spec.id, Math.max(0, failures - 1));
    if (failures > 0) throw new Error("told to fail");
  };
  return new Story().child(spec.id, { ...spec, onStart });
}

function wordsOf(event: SupervisionEvent): string[] {
  switch (event.type) {
    case "supervisor_stopped":
      return [event.type];
    case "child_exited":
      return [`child_exited ${event.id} ${event.exit.kind}`];
    case "restart_scheduled":
      return [`restart_scheduled ${event.id} ${event.delayMs}`];
    default:
      return [`${event.type} ${event.id}`];
  }
}

async function applyReal({ supervisor, real, clock, failing }: Run, one: Step): Promise<string> {
  const target = "id" in one ? real.find(({ spec }) => spec.id === one.id) : undefined;
  if (one.do === "stop") return answer(supervisor.stop());
  if (one.do === "advance") return answer(clock.advance(one.ms));
  if (!target) return "ok";
  const { spec } = target;
  if (one.do === "exit") target.end(one.kind === "crash" ? crash() : { kind: one.kind });
  if (one.do === "fail") failing.set(spec.id, one.times);
  if (one.do === "start") return answer(supervisor.startChild(spec));
  if (one.do === "restart") return answer(supervisor.restartChild(spec.id));
  if (one.do === "terminate") return answer(supervisor.terminateChild(spec.id));
  return one.do === "delete" ? answer(supervisor.deleteChild(spec.id)) : "ok";
}

async function answer(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "ok";
  } catch (error) {
    if (error instanceof SupervisorError) return error.code;
    throw error;
  }
}

/** What must hold at any moment, whatever the reference model says. */
function checkInvariants({ supervisor, real, model, broken }: Run): void {
  const specs = new Set(supervisor.whichChildren().map(({ id }) => id));
  for (const { spec, alive } of real) {
    if (alive < 0 || alive > 1) broken.push(`${alive} incarnations of ${spec.id} live`);
    if (alive > 0 && !specs.has(spec.id)) broken.push(`${spec.id} lives without a spec`);
  }
  const living = real.filter(({ alive }) => alive === 1).map(({ spec }) => spec.id);
  if (living.toSorted().join() !== model.alive.toSorted().join())
    broken.push(`alive: ${living}, expected ${model.alive}`);
  if (supervisor.countChildren().active !== living.length)
    broken.push("countChildren disagrees with what lives");
}

function applyModel(model: ReferenceModel, one: Step, children: readonly ModelChild[]): string {
  if (one.do === "stop") model.stop();
  if (one.do === "advance") model.advance(one.ms);
  if (one.do === "exit") model.exit(one.id, one.kind);
  if (one.do === "fail") model.failing.set(one.id, one.times);
  if (one.do === "start")
    return model.startChild(children.find(({ id }) => id === one.id) ?? { id: one.id, restart: "permanent" });
  if (one.do === "restart") return model.restartChild(one.id);
  if (one.do === "terminate") return model.terminateChild(one.id);
  return one.do === "delete" ? model.deleteChild(one.id) : "ok";
}
