/** How far the estimates are from what a provider counts, as its answers so far tell. Pure. */
import type { Message, Usage } from "../../lib/conversation.ts";
import type { Size } from "./estimate.ts";

/** A message as it is stored: an answer says who gave it, and what its request came to. */
interface Answered extends Message {
  provider?: string;
  model?: string;
  usage?: Usage;
}

export interface Calibration {
  provider: string;
  model: string;
  size: Size;
  /** Estimated tokens of what goes along with the messages. */
  surroundings: number;
  /** Tokens of the requests that were sent whole: of larger ones a part was counted, nobody knows which. */
  whole: number;
}

/** Shorter requests say little: what a provider adds by itself weighs too much. */
const LEAST = 1500;
const LEAST_SHARE = 1 / 4;
/** Beyond these a server has not counted, or not this. */
const PLAUSIBLE = { least: 0.5, most: 3 };
/** Coarse, so that the size of the same messages does not change with each answer. */
const STEPS = 10;

/** What to multiply estimates with; 1 where nothing is known. */
export function calibrate(messages: readonly Message[], options: Calibration): number {
  const { provider, model, size, surroundings, whole } = options;
  const least = Math.min(LEAST, whole * LEAST_SHARE);
  let factor = 1;
  let estimated = surroundings;
  for (const message of messages) {
    if (estimated * factor > whole) break;
    // What is stored is more than a message.
    const { role, usage, provider: by, model: of } = message as Answered;
    const counted = usage ? usage.input + usage.cacheRead + usage.cacheWrite : 0;
    const ratio = counted / estimated;
    const isOwn = role === "assistant" && by === provider && of === model && estimated >= least;
    if (isOwn && ratio >= PLAUSIBLE.least && ratio <= PLAUSIBLE.most)
      factor = Math.ceil(ratio * STEPS) / STEPS;
    estimated += size(message);
  }
  return factor;
}
