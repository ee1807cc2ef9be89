/** A circuit that writes down what it is told, and time that flies, for tests of what stands around an attempt. */
import { withBreaker } from "../../src/llm/breaker.ts";
import { guarded } from "../../src/llm/guard.ts";
import type { ModelEvent, Provider } from "../../src/llm/port.ts";
import { DEFAULT_BREAKER, type Outcome } from "../../src/resilience/breaker.ts";
import { CircuitBreaker } from "../../src/resilience/circuit-breaker.ts";
import { FakeClock } from "../fixtures/fake-clock.ts";
import { gather, requestOf } from "./ask.ts";

export class WatchedCircuit {
  readonly told: Outcome[] = [];
  readonly breaker: CircuitBreaker;

  constructor(clock: FakeClock) {
    this.breaker = new CircuitBreaker({ policy: DEFAULT_BREAKER, clock, random: () => 0 });
  }

  admit(): ReturnType<CircuitBreaker["admit"]> {
    const admission = this.breaker.admit();
    if (!("tell" in admission)) return admission;
    return {
      tell: (outcome) => {
        this.told.push(outcome);
        return admission.tell(outcome);
      },
    };
  }
}

/** One guarded model, under a clock of its own; jitter is always at its ceiling. */
export function startGuarded(provider: Provider) {
  const clock = new FakeClock();
  const circuit = new WatchedCircuit(clock);
  const stack = guarded(provider, {
    clock,
    random: () => 1,
    breaker: (attempts) => withBreaker(attempts, async () => circuit),
  });
  const stream = (signal = new AbortController().signal) => stack.stream(requestOf(), signal);
  return {
    clock,
    circuit,
    stream,
    /** One request to its end, while an hour passes; with the time at which each event came. */
    async ask(): Promise<{ events: ModelEvent[]; at: number[] }> {
      const at: number[] = [];
      const began = clock.now();
      const timed = async function* () {
        for await (const event of stream()) {
          at.push(clock.now() - began);
          yield event;
        }
      };
      const events = gather(timed());
      await clock.advance(600_000);
      return { events: await events, at };
    },
  };
}
