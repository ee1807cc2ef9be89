import {
  type Admission,
  admit,
  afterOutcome,
  type Circuit,
  DEFAULT_BREAKER,
  NEW_CIRCUIT,
  type Outcome,
} from "../../src/resilience/breaker.ts";

export const FAILED: Outcome = { type: "failed", why: "it failed" };
export const SUCCEEDED: Outcome = { type: "succeeded" };
export const NEUTRAL: Outcome = { type: "neutral" };

/** Requests and outcomes at times that a test says. */
export class Bench {
  circuit: Circuit = NEW_CIRCUIT;
  now = 1000;
  random = 0;

  admit(): Admission {
    const admission = admit(this.circuit, this.now, DEFAULT_BREAKER);
    this.circuit = admission.circuit;
    return admission;
  }

  /** The generation of a request that is let through; one that is not is a failed test. */
  request(): number {
    const admission = this.admit();
    if (!admission.admitted) throw new Error(`refused: ${admission.refusal.reason}`);
    return admission.generation;
  }

  end(generation: number, outcome: Outcome): void {
    const drawing = { policy: DEFAULT_BREAKER, random: () => this.random };
    this.circuit = afterOutcome(this.circuit, { generation, outcome }, this.now, drawing);
  }

  run(...outcomes: Outcome[]): void {
    for (const outcome of outcomes) this.end(this.request(), outcome);
  }

  get openMs(): number {
    return this.circuit.state === "open" ? this.circuit.until - this.now : 0;
  }
}
