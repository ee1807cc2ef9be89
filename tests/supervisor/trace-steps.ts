/** Random traces: what happens to a supervisor, step by step. */
import fc from "fast-check";
import type { Exit } from "../../src/supervisor/spec.ts";
import type { Manners, StartOutcome } from "./conduct.ts";
import type { ModelChild } from "./model-child.ts";

const IDS = ["a", "b", "c", "d"] as const;

type Deed =
  | { do: "exit"; id: string; kind: Exit["kind"] }
  | { do: "starts"; id: string; outcomes: StartOutcome[] }
  | { do: "behave"; id: string; manners: Manners }
  | { do: "mute"; id: string; isMute: boolean }
  | { do: "advance"; ms: number }
  | { do: "start" | "restart" | "terminate" | "delete"; id: string }
  | { do: "stop" };

/** `hold`: the next step comes in the same moment, before anything of this one is handled. */
export type Step = Deed & { hold: boolean };

export interface Trace {
  strategy: "one_for_one" | "one_for_all" | "rest_for_one" | "dynamic";
  maxRestarts: number;
  /** Of a dynamic supervisor. */
  maxChildren: number;
  children: ModelChild[];
  steps: Step[];
}

const anId = fc.constantFrom(...IDS);
const hold = fc.boolean();
const as = <D extends Deed["do"]>(...deeds: D[]) => fc.constantFrom(...deeds);
const outcomes = fc.array(
  fc.constantFrom<StartOutcome>("fail", "fail", "ready", "ignore", "hang", "late", "stuck"),
  {
    minLength: 1,
    maxLength: 3,
  },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: as("exit"),
      id: anId,
      kind: fc.constantFrom("normal", "shutdown", "killed", "crash", "crash"),
      hold,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: as("starts"), id: anId, outcomes, hold }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: as("behave"),
      id: anId,
      manners: fc.constantFrom("polite", "deaf", "deaf", "immortal"),
      hold,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: as("mute"), id: anId, isMute: fc.boolean(), hold }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: as("advance"),
      ms: fc.constantFrom(0, 1, 99, 100, 299, 300, 400, 1000, 2000, 5000, 5001),
      hold,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: as("start", "restart", "terminate", "delete"), id: anId, hold }),
  },
  { weight: 1, arbitrary: fc.record({ do: as("stop"), hold }) },
);

const child = (id: string): fc.Arbitrary<ModelChild> =>
  fc.record(
    {
      id: fc.constant(id),
      restart: fc.constantFrom("permanent", "transient", "temporary"),
      shutdown: fc.constantFrom<(number | "brutal_kill")[]>(300, 700, "brutal_kill"),
      startTimeout: fc.constant(400),
      backoff: fc.constant({ baseMs: 100, capMs: 400, resetMs: 1000 }),
      health: fc.constant({ everyMs: 200, timeoutMs: 50, misses: 2 }),
    },
    { requiredKeys: ["id", "restart", "shutdown"] },
  );

export const traces: fc.Arbitrary<Trace> = fc.record({
  strategy: fc.constantFrom("one_for_one", "one_for_all", "rest_for_one", "dynamic"),
  maxRestarts: fc.integer({ min: 0, max: 5 }),
  maxChildren: fc.integer({ min: 3, max: 4 }),
  children: fc.tuple(...IDS.map(child)),
  steps: fc.array(step, { maxLength: 40 }),
});
