/** The branch of models as a test wants it: answers are lists of events, and every request is kept. */
import type { GenerateEvent, GenerateRequest, Models } from "../../../src/models/port.ts";

export class ScriptedModels implements Models {
  readonly requests: GenerateRequest[] = [];
  readonly #answers: readonly (readonly GenerateEvent[])[];

  constructor(...answers: readonly (readonly GenerateEvent[])[]) {
    this.#answers = answers;
  }

  readonly loader: Models["loader"] = {
    load: () => Promise.reject(new Error("nobody loads here")),
    unload: () => Promise.reject(new Error("nobody unloads here")),
    loaded: () => [],
  };

  readonly inspection: Models["inspection"] = {
    info: () => Promise.reject(new Error("nobody asks here")),
    acceleration: () => Promise.reject(new Error("nobody asks here")),
    bench: () => Promise.reject(new Error("nobody asks here")),
  };

  async *generate(request: GenerateRequest, signal: AbortSignal): AsyncGenerator<GenerateEvent> {
    this.requests.push(request);
    for (const event of this.#answers[this.requests.length - 1] ?? []) {
      // As the real one does: it ends with what came so far.
      if (signal.aborted) return yield { type: "failed", problem: { code: "aborted", message: "stopped" } };
      yield event;
    }
  }
}
