/** A run of a random trace through the real supervisor and through the reference model. */
import { SupervisorError } from "../../src/supervisor/errors.ts";
import type { ChildInfo, StartContext, Strategy, SupervisionEvent } from "../../src/supervisor/spec.ts";
import { startSupervisor } from "../../src/supervisor/start.ts";
import type { Supervisor } from "../../src/supervisor/supervisor.ts";
import { FakeClock, settled } from "../fixtures/fake-clock.ts";
import { Conduct } from "./conduct.ts";
import { brokenIntensity, brokenOrder, startsMinusExits } from "./invariants.ts";
import type { ModelChild } from "./model-child.ts";
import { ReferenceModel } from "./reference-model.ts";
import { crash, type ScriptedChild, Story } from "./scripted-child.ts";
import type { Step, Trace } from "./trace-steps.ts";

const PERIOD_S = 5;

export interface Outcome {
  told: string[];
  expected: string[];
  /** Broken invariants, in words. */
  broken: string[];
}

interface Run {
  trace: Trace;
  strategy: Strategy;
  clock: FakeClock;
  supervisor: Supervisor;
  model: ReferenceModel;
  real: ScriptedChild[];
  conduct: Conduct;
  events: SupervisionEvent[];
  answers: (string | undefined)[];
  told: string[];
  broken: string[];
}

/** Runs a trace; what both told, step by step, and the invariants that did not hold. */
export async function runTrace(trace: Trace): Promise<Outcome> {
  const run = await begin(trace);
  for (const step of trace.steps) {
    // Nothing may run between this step and the next one, not even what an await lets run.
    if (step.hold && step.do !== "advance") apply(run, step);
    else await take(run, step);
  }
  await take(run, { do: "stop", hold: false });
  await untilStopped(run);
  if (run.answers.includes(undefined)) run.broken.push("a call has not settled");
  if (run.clock.pending > 0) run.broken.push(`${run.clock.pending} timers are left`);
  if (run.supervisor.countChildren().active > 0) run.broken.push("somebody lives after the stop");
  run.broken.push(...brokenIntensity(run.events, trace.maxRestarts, PERIOD_S * 1000));
  return { told: run.told, expected: run.model.told, broken: run.broken };
}

async function begin(trace: Trace): Promise<Run> {
  const isDynamic = trace.strategy === "dynamic";
  const strategy: Strategy = trace.strategy === "dynamic" ? "one_for_one" : trace.strategy;
  const intensity = { maxRestarts: trace.maxRestarts, maxSeconds: PERIOD_S };
  const clock = new FakeClock();
  const conduct = new Conduct();
  const real = trace.children.map((child) => scripted(child, conduct));
  const events: SupervisionEvent[] = [];
  const told: string[] = [];
  const listener = (event: SupervisionEvent) => {
    events.push(event);
    told.push(wordsOf(event));
  };
  // The last child joins later, by a call.
  const children = real.slice(0, 3).map(({ spec }) => spec);
  const options = { strategy, intensity, clock, listener, random: () => 1 };
  const { maxChildren } = trace;
  const supervisor = await startSupervisor(
    "root",
    isDynamic ? { ...options, dynamic: { maxChildren } } : { ...options, children },
  );
  if (isDynamic) for (const spec of children) await supervisor.startChild(spec);
  const model = new ReferenceModel(strategy, intensity, isDynamic ? maxChildren : undefined);
  for (const child of trace.children.slice(0, 3)) model.startChild(child);
  model.settle();
  model.answers.length = 0;
  return { trace, strategy, clock, supervisor, model, real, conduct, events, answers: [], told, broken: [] };
}

function scripted(child: ModelChild, conduct: Conduct): ScriptedChild {
  const { health, ...rest } = child;
  const check = () => (conduct.isMute(child.id) ? new Promise(() => {}) : Promise.resolve());
  return new Story().child(child.id, {
    ...rest,
    ...(health && { health: { ...health, check } }),
    onStart: (context) => startAs(conduct.startOf(child.id, child.shutdown), context),
    onStop: (end) => {
      if (conduct.mannersOf(child.id) === "polite") end({ kind: "shutdown" });
    },
    unkillable: () => conduct.mannersOf(child.id) === "immortal",
  });
}

function startAs(
  outcome: ReturnType<Conduct["startOf"]>,
  { signal }: StartContext,
): void | "ignore" | Promise<void> {
  if (outcome === "ready") return undefined;
  if (outcome === "ignore") return "ignore";
  if (outcome === "fail") throw new Error("told to fail");
  if (outcome === "stuck") return new Promise(() => {});
  return new Promise((resolve, reject) => {
    const settle = () => (outcome === "late" ? resolve() : reject(signal.reason));
    signal.addEventListener("abort", settle, { once: true });
  });
}

function wordsOf(event: SupervisionEvent): string {
  switch (event.type) {
    case "supervisor_stopped":
      return event.type;
    case "child_exited":
      return `child_exited ${event.id} ${event.exit.kind}`;
    case "restart_scheduled":
      return `restart_scheduled ${event.id} ${event.delayMs}`;
    case "child_started":
      return `child_started ${event.id} ${event.attempt}`;
    default:
      return `${event.type} ${event.id}`;
  }
}

/** One step on both sides, and all that follows of it. */
async function take(run: Run, step: Step): Promise<void> {
  const from = run.events.length;
  if (step.do === "advance") {
    await run.clock.advance(step.ms);
    run.model.advance(step.ms);
  } else {
    apply(run, step);
    await settled();
    run.model.settle();
  }
  compare(run, from, step);
}

/** Time passes until the stop is done, not further: nothing may be left then. */
async function untilStopped(run: Run): Promise<void> {
  for (let turn = 0; turn < 200 && run.answers.at(-1) === undefined; turn++) {
    await take(run, { do: "advance", ms: 100, hold: false });
  }
}

type Instant = Exclude<Step, { do: "advance" }>;

function apply(run: Run, step: Instant): void {
  applyReal(run, step);
  applyModel(run.model, step, run.trace.children);
}

function applyReal({ supervisor, real, conduct, answers }: Run, step: Instant): void {
  const call = (promise: Promise<unknown>) => {
    const number = answers.push(undefined) - 1;
    void answerTo(promise).then((answer) => {
      answers[number] = answer;
    });
  };
  if (step.do === "stop") call(supervisor.stop());
  if (!("id" in step)) return;
  const { id } = step;
  const child = real.find(({ spec }) => spec.id === id);
  if (step.do === "exit") child?.end(step.kind === "crash" ? crash() : { kind: step.kind });
  if (step.do === "start" && child) call(supervisor.startChild(child.spec));
  if (step.do === "restart") call(supervisor.restartChild(id));
  if (step.do === "terminate") call(supervisor.terminateChild(id));
  if (step.do === "delete") call(supervisor.deleteChild(id));
  instruct(conduct, step);
}

function applyModel(model: ReferenceModel, step: Instant, children: readonly ModelChild[]): void {
  if (step.do === "stop") model.stop();
  if (!("id" in step)) return;
  const { id } = step;
  const child = children.find((one) => one.id === id);
  if (step.do === "exit") model.exit(id, step.kind);
  if (step.do === "start" && child) model.startChild(child);
  if (step.do === "restart") model.restartChild(id);
  if (step.do === "terminate") model.terminateChild(id);
  if (step.do === "delete") model.deleteChild(id);
  instruct(model.conduct, step);
}

function instruct(conduct: Conduct, step: Step): void {
  if (step.do === "starts") conduct.nextStarts(step.id, step.outcomes);
  if (step.do === "behave") conduct.behave(step.id, step.manners);
  if (step.do === "mute") conduct.mute(step.id, step.isMute);
}

async function answerTo(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "ok";
  } catch (error) {
    if (error instanceof SupervisorError) return error.code;
    return String(error);
  }
}

/** Adds what can be seen of both, and looks for broken invariants in what happened since event number `from`. */
function compare({ supervisor, real, model, broken, ...run }: Run, from: number, step: Step): void {
  const children = supervisor.whichChildren();
  const living = (count: (child: ScriptedChild) => number) => real.map(count).join(" ");
  run.told.push(
    ...seen(
      step,
      children.map(rowOf),
      run.answers,
      living(({ alive }) => alive),
    ),
  );
  model.told.push(
    ...seen(
      step,
      model.children,
      model.answers,
      living(({ spec }) => model.living(spec.id)),
    ),
  );
  const { active } = supervisor.countChildren();
  if (startsMinusExits(run.events) !== active) broken.push("starts minus exits is not what lives");
  const leaked = new Set(run.events.flatMap((event) => (event.type === "child_leaked" ? [event.id] : [])));
  for (const { spec, alive } of real) {
    if (leaked.has(spec.id)) continue;
    if (alive > 1) broken.push(`${alive} incarnations of ${spec.id} live`);
    if (alive === 1 && !children.some(({ id }) => id === spec.id))
      broken.push(`${spec.id} lives without a spec`);
  }
  const news = run.events.slice(from);
  // A call may start a child, or start it again, in whatever order it likes.
  if (run.trace.steps.some((one) => one.do === "start" || one.do === "restart")) return;
  broken.push(
    ...brokenOrder(
      news,
      run.strategy,
      children.map(({ id }) => id),
    ),
  );
}

function seen(step: Step, children: string[], answers: Run["answers"], living: string): string[] {
  return [
    `-> ${step.do}`,
    `children: ${children.join(", ")}`,
    `answers: ${answers.map((answer) => answer ?? "none yet").join()}`,
    `living: ${living}`,
  ];
}

function rowOf({ id, state, restarts, nextTryAt }: ChildInfo): string {
  return `${id} ${state} ${restarts} ${nextTryAt}`;
}
