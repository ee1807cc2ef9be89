import type { Clock } from "../lib/clock.ts";
import { isTerminal } from "./event-sorts.ts";
import type { ModelEvent } from "./port.ts";

/** Long for a process that has everything at hand, and nothing for a person. */
const LAST_WORD_MS = 50;

type Usage = Extract<ModelEvent, { type: "usage" }>;

/** What a provider that was just told to stop knows of the tokens so far, if it says so at once: they are paid for. */
export async function* lastWord(
  events: AsyncIterator<ModelEvent>,
  next: Promise<IteratorResult<ModelEvent>>,
  clock: Clock,
): AsyncGenerator<Usage> {
  const over = Promise.withResolvers<undefined>();
  const cancel = clock.setTimer(LAST_WORD_MS, () => over.resolve(undefined));
  const until = clock.now() + LAST_WORD_MS;
  try {
    const usage = await Promise.race([usageIn(events, next, () => clock.now() < until), over.promise]);
    if (usage) yield usage;
  } catch {
    // It was given up in any case.
  } finally {
    cancel();
  }
}

async function usageIn(
  events: AsyncIterator<ModelEvent>,
  next: Promise<IteratorResult<ModelEvent>>,
  isTime: () => boolean,
): Promise<Usage | undefined> {
  let { done, value: event } = await next;
  while (!done && event && !isTerminal(event) && isTime()) {
    if (event.type === "usage") return event;
    ({ done, value: event } = await events.next());
  }
  return undefined;
}
