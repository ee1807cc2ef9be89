/**
 * The circuit breaker as a pure machine: whether a request may go out, and what each outcome changes. All times are
 * monotonic milliseconds. After Nygard's "Release It!", with the generations of gobreaker: an outcome counts only in
 * the generation that its request was let through in.
 */
export interface BreakerPolicy {
  /** So many failures in a row open the circuit. */
  failuresInRow: number;
  /** So many outcomes are remembered; when all are there, `failuresOfWindow` of them open it too. */
  window: number;
  failuresOfWindow: number;
  /** A request that begins so long after the last outcome begins with a clean slate. */
  forgetMs: number;
  /** How long it stays open the first time; doubles with each probe that fails. */
  openMs: number;
  longestOpenMs: number;
}

export const DEFAULT_BREAKER: BreakerPolicy = {
  failuresInRow: 5,
  window: 10,
  failuresOfWindow: 5,
  forgetMs: 60_000,
  openMs: 15_000,
  longestOpenMs: 120_000,
};

interface Common {
  /** Grows with each probe. */
  generation: number;
  /** The far end asked for nothing to be sent before. */
  notBefore: number;
}

/** Let nothing through until a time, and why: the last failure, in words. */
interface Opened extends Common {
  until: number;
  /** Opened so many times without an answer in between. */
  openings: number;
  why: string;
}

interface Closed extends Common {
  state: "closed";
  /** The oldest first. */
  recent: readonly ("success" | "failure")[];
  lastAt: number;
}

export type Circuit =
  | Closed
  | (Opened & { state: "open" })
  /** One request, the probe, is under way. */
  | (Opened & { state: "half_open" });

export type Outcome =
  /** The far end has begun to answer: it is alive, however long the answer takes. */
  | { type: "answering" }
  | { type: "succeeded" }
  | { type: "failed"; why: string }
  /** Says nothing about the far end's health; `waitMs` is what it asked to wait. */
  | { type: "neutral"; waitMs?: number };

export type Refusal =
  | { reason: "open"; why: string; retryAt: number }
  | { reason: "probing"; why: string }
  | { reason: "asked_to_wait"; retryAt: number };

/** `generation` goes with the outcome of a request that was let through. */
export type Admission =
  | { circuit: Circuit; admitted: true; generation: number }
  | { circuit: Circuit; admitted: false; refusal: Refusal };

const NEVER = Number.NEGATIVE_INFINITY;

export const NEW_CIRCUIT: Closed = {
  state: "closed",
  generation: 0,
  notBefore: NEVER,
  recent: [],
  lastAt: NEVER,
};

/** Whether a request may go out now. */
export function admit(circuit: Circuit, now: number, policy: BreakerPolicy): Admission {
  const refusal = refusalAt(circuit, now);
  if (refusal) return { circuit, admitted: false, refusal };
  if (circuit.state === "closed") {
    const { generation } = circuit;
    return { circuit: withoutOld(circuit, now, policy), admitted: true, generation };
  }
  const generation = circuit.generation + 1;
  return { circuit: { ...circuit, state: "half_open", generation }, admitted: true, generation };
}

/** Why a request may not go out now; undefined when nothing is in its way. */
export function refusalAt(circuit: Circuit, now: number): Refusal | undefined {
  const { notBefore } = circuit;
  if (circuit.state === "half_open") return { reason: "probing", why: circuit.why };
  if (circuit.state === "open" && now < circuit.until) {
    return { reason: "open", why: circuit.why, retryAt: Math.max(circuit.until, notBefore) };
  }
  return now < notBefore ? { reason: "asked_to_wait", retryAt: notBefore } : undefined;
}

function withoutOld(circuit: Closed, now: number, { forgetMs }: BreakerPolicy): Circuit {
  return now - circuit.lastAt < forgetMs ? circuit : { ...circuit, recent: [] };
}

/** How times are drawn: `random` is from 0 up to 1. */
export interface Drawing {
  policy: BreakerPolicy;
  random: () => number;
}

/** What an outcome changes; one of an older generation changes nothing but the wait that the far end asked for. */
export function afterOutcome(
  circuit: Circuit,
  { generation, outcome }: { generation: number; outcome: Outcome },
  now: number,
  drawing: Drawing,
): Circuit {
  const asked = outcome.type === "neutral" ? now + (outcome.waitMs ?? NEVER) : NEVER;
  const waiting = asked > circuit.notBefore ? { ...circuit, notBefore: asked } : circuit;
  if (generation !== circuit.generation) return waiting;
  if (waiting.state === "closed") return afterCounted(waiting, outcome, now, drawing);
  return waiting.state === "half_open" ? afterProbe(waiting, outcome, now, drawing) : waiting;
}

function afterCounted(circuit: Closed, outcome: Outcome, now: number, drawing: Drawing): Circuit {
  if (outcome.type === "succeeded") return remember(circuit, "success", now, drawing.policy);
  if (outcome.type !== "failed") return circuit;
  const failed = remember(circuit, "failure", now, drawing.policy);
  if (!opens(failed.recent, drawing.policy)) return failed;
  const { generation, notBefore } = circuit;
  const until = now + openTime(0, drawing);
  return { state: "open", generation, notBefore, until, openings: 1, why: outcome.why };
}

function afterProbe(
  circuit: Circuit & { state: "half_open" },
  outcome: Outcome,
  now: number,
  drawing: Drawing,
): Circuit {
  const { generation, notBefore, openings } = circuit;
  switch (outcome.type) {
    case "failed": {
      const until = now + openTime(openings, drawing);
      return { ...circuit, state: "open", until, openings: openings + 1, why: outcome.why };
    }
    // Released: the time is over, the next request is the probe.
    case "neutral":
      return { ...circuit, state: "open" };
    case "answering":
      return { ...NEW_CIRCUIT, generation, notBefore };
    case "succeeded":
      return remember({ ...NEW_CIRCUIT, generation, notBefore }, "success", now, drawing.policy);
  }
}

function remember(
  circuit: Closed,
  outcome: "success" | "failure",
  now: number,
  { window }: BreakerPolicy,
): Closed {
  return { ...circuit, recent: [...circuit.recent, outcome].slice(-window), lastAt: now };
}

function opens(
  recent: readonly ("success" | "failure")[],
  { failuresInRow, window, failuresOfWindow }: BreakerPolicy,
): boolean {
  const isFailure = (outcome: string) => outcome === "failure";
  const inRow = recent.slice(-failuresInRow);
  if (inRow.length === failuresInRow && inRow.every(isFailure)) return true;
  return recent.length === window && recent.filter(isFailure).length >= failuresOfWindow;
}

/** The share that jitter adds: programs that failed together do not all come back at once. */
const JITTER = 0.2;

/** Milliseconds: never less than the first open time, never more than the longest. */
function openTime(openings: number, { policy, random }: Drawing): number {
  const ceiling = policy.longestOpenMs / (1 + JITTER);
  return Math.min(ceiling, policy.openMs * 2 ** openings) * (1 + JITTER * random());
}
