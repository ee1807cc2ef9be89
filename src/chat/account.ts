/** What the requests of a turn came to. */
import { addUsage, NO_USAGE, type Usage } from "../lib/conversation.ts";
import type { ModelRequest } from "../llm/port.ts";
import type { BlockCollector } from "./collector.ts";
import type { TurnResult } from "./events.ts";
import type { TurnOptions } from "./turn-options.ts";

export interface Accounted {
  collector: BlockCollector;
  request: ModelRequest;
  /** Whether the answer came to its end. */
  isWhole: boolean;
}

/** Writes down what a request came to. One that brought nothing, and whose provider told no usage, came to nothing. */
export async function account(
  by: { provider: string; model: string },
  answer: Accounted,
  { onAnswered, wall = Date.now }: TurnOptions,
  result: TurnResult,
): Promise<void> {
  const { usage, blocks } = answer.collector;
  result.usage = addUsage(result.usage, usage);
  if (usage === NO_USAGE && blocks.length === 0) return;
  const answered = { ...by, usage: await spentOn(answer), at: wall() };
  result.requests.push(answered);
  onAnswered?.(answered);
}

async function spentOn({ collector: { usage, blocks }, request, isWhole }: Accounted): Promise<Usage> {
  if (usage !== NO_USAGE && isWhole) return usage;
  const { brokenOffUsage, unreportedUsage } = await import("./unreported.ts");
  const guess = unreportedUsage(request, blocks);
  return usage === NO_USAGE ? guess : brokenOffUsage(usage, guess);
}
