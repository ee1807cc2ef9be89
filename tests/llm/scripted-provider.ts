/** A provider that does as told, for tests of what goes around one. */
import type { ModelEvent, ModelRequest, Provider } from "../../src/llm/port.ts";

/** One attempt: events to yield, waits for a promise between them, "hang" for ever, "alive" as a ping. */
export type Step = ModelEvent | "hang" | "alive" | Promise<unknown>;

export class ScriptedProvider implements Provider {
  readonly name = "scripted";
  readonly signals: AbortSignal[] = [];
  readonly #attempts: readonly (readonly Step[])[];

  /** The last attempt is made again and again. */
  constructor(...attempts: readonly (readonly Step[])[]) {
    this.#attempts = attempts;
  }

  get asked(): number {
    return this.signals.length;
  }

  async *stream(_request: ModelRequest, signal: AbortSignal, alive?: () => void): AsyncGenerator<ModelEvent> {
    const steps = this.#attempts[Math.min(this.asked, this.#attempts.length - 1)] ?? [];
    this.signals.push(signal);
    for (const step of steps) {
      if (step === "alive") alive?.();
      else if (step === "hang") await new Promise(() => {});
      else if (step instanceof Promise) await step;
      else yield step;
    }
  }
}
