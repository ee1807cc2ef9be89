/** A second try without the parts of a request that not every server takes. */
import type { ModelEvent } from "./port.ts";

export interface PlainerOptions {
  /** Which model is asked. */
  model: string;
  /** Models that are known to take only plainer requests; one that turns out to is added. */
  plain: Set<string>;
  /** Whether leaving those parts out changes anything. */
  differs: boolean;
  ask(plain: boolean): AsyncIterable<ModelEvent>;
}

/**
 * The answer to the whole request, or to the plainer one where the server refuses that: which part it was is told in
 * words alone, and each server has its own.
 */
export async function* askPlainerIfRefused(options: PlainerOptions): AsyncGenerator<ModelEvent> {
  const { model, plain, differs, ask } = options;
  if (plain.has(model) || !differs) return yield* ask(plain.has(model));
  let begun = false;
  for await (const event of ask(false)) {
    if (!begun && event.type === "failed" && event.error.kind === "bad_request") {
      return yield* askPlainer(options);
    }
    begun = true;
    yield event;
  }
}

async function* askPlainer({ model, plain, ask }: PlainerOptions): AsyncGenerator<ModelEvent> {
  for await (const event of ask(true)) {
    if (event.type === "done") plain.add(model);
    yield event;
  }
}
