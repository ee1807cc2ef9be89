/** One circuit that lives: the machine of breaker.ts with a clock. */
import type { Clock } from "../lib/clock.ts";
import {
  admit,
  afterOutcome,
  type BreakerPolicy,
  type Circuit,
  NEW_CIRCUIT,
  type Outcome,
  type Refusal,
  refusalAt,
} from "./breaker.ts";

export interface Permit {
  /** Tells how the request went; returns whether another would be refused now, but for a wait that was asked for. */
  tell(outcome: Outcome): boolean;
}

export interface Refused {
  reason: Refusal["reason"];
  /** The failure that opened the circuit. */
  why?: string;
  /** Milliseconds until a request may go out; absent while a probe is under way. */
  waitMs?: number;
}

export interface CircuitView extends Omit<Refused, "reason"> {
  state: Circuit["state"];
}

export interface CircuitBreakerOptions {
  policy: BreakerPolicy;
  clock: Clock;
  random: () => number;
}

export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  #circuit: Circuit = NEW_CIRCUIT;

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
  }

  /** Asked before each request: the permit for it, which is to be told how it went, or why it must not go out. */
  admit(): Permit | Refused {
    const { policy, clock } = this.#options;
    const now = clock.now();
    const admission = admit(this.#circuit, now, policy);
    this.#circuit = admission.circuit;
    if (!admission.admitted)
      return { reason: admission.refusal.reason, ...detailsOf(admission.refusal, now) };
    const { generation } = admission;
    return { tell: (outcome) => this.#tell(generation, outcome) };
  }

  view(): CircuitView {
    const circuit = this.#circuit;
    const now = this.#options.clock.now();
    const refusal = refusalAt(circuit, now);
    const why = circuit.state === "closed" ? {} : { why: circuit.why };
    return { state: circuit.state, ...why, ...(refusal && detailsOf(refusal, now)) };
  }

  #tell(generation: number, outcome: Outcome): boolean {
    const now = this.#options.clock.now();
    this.#circuit = afterOutcome(this.#circuit, { generation, outcome }, now, this.#options);
    const refusal = refusalAt(this.#circuit, now);
    return refusal !== undefined && refusal.reason !== "asked_to_wait";
  }
}

function detailsOf(refusal: Refusal, now: number): Omit<Refused, "reason"> {
  return {
    ...("why" in refusal && { why: refusal.why }),
    ...("retryAt" in refusal && { waitMs: Math.ceil(refusal.retryAt - now) }),
  };
}
