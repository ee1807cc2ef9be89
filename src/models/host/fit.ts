/** Makes a conversation fit into a model's context: whole turns are left out, the oldest first, and never the last. Pure. */
import type { ChatHistoryItem } from "node-llama-cpp";

export interface Fit {
  history: ChatHistoryItem[];
  /** How many of the oldest turns were left out. */
  dropped: number;
  tokens: number;
}

export interface Room {
  /** Tokens of the context. */
  contextSize: number;
  /** Tokens that an answer may take; a quarter of the context is kept for it at most. */
  answer?: number;
  /** Turns that were left out before: they stay out, so that what was evaluated since can be used. */
  dropped: number;
  /** How many tokens the chat template makes of a history: the longer it is, the more. */
  count: (history: readonly ChatHistoryItem[]) => number;
}

/** No model's tokens are longer than this on average: what cannot fit by far is not counted. */
const MOST_LETTERS_A_TOKEN = 32;
/** Of what there is room for, once something has to go: so that the next turns need not begin anew each time. */
const SLACK = 0.75;

/** Undefined when not even the last turn fits. */
export function fitHistory(history: readonly ChatHistoryItem[], room: Room): Fit | undefined {
  const { contextSize, answer = Number.POSITIVE_INFINITY, count } = room;
  const most = contextSize - Math.min(answer, Math.floor(contextSize / 4)) - 1;
  const { head, turns } = turnsOf(history);
  const last = turns.length - 1;
  const least = leastToDrop(turns, contextSize * MOST_LETTERS_A_TOKEN);
  const without = (dropped: number): Fit => {
    const kept = [...head, ...turns.slice(dropped).flat()];
    return { history: kept, dropped, tokens: count(kept) };
  };
  const before = usable(room.dropped, last, () => without(least).tokens <= most * SLACK);
  const first = without(Math.max(before, least));
  if (first.tokens <= most) return first;
  const few = fewestDropped(first.dropped, last, (dropped) => without(dropped).tokens <= most * SLACK);
  const fit = without(few);
  return fit.tokens < contextSize - 1 ? fit : undefined;
}

/** What was left out stays out, unless this is another conversation by now, or all of it has room again. */
function usable(dropped: number, last: number, hasRoom: () => boolean): number {
  return dropped === 0 || dropped > last || hasRoom() ? 0 : dropped;
}

/** The fewest turns, from `from` on, without which the rest is small enough; `last` when it never is. */
function fewestDropped(from: number, last: number, isEnough: (dropped: number) => boolean): number {
  let low = from;
  let high = last;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isEnough(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function leastToDrop(turns: readonly ChatHistoryItem[][], mostLetters: number): number {
  let letters = 0;
  for (let index = turns.length - 1; index >= 0; index--) {
    letters += JSON.stringify(turns[index]).length;
    if (letters > mostLetters) return Math.min(index + 1, turns.length - 1);
  }
  return 0;
}

/** A turn begins with what the user says. */
function turnsOf(history: readonly ChatHistoryItem[]): {
  head: ChatHistoryItem[];
  turns: ChatHistoryItem[][];
} {
  const head: ChatHistoryItem[] = [];
  const turns: ChatHistoryItem[][] = [];
  for (const item of history) {
    if (item.type === "system" && turns.length === 0) head.push(item);
    else if (item.type === "user" || turns.length === 0) turns.push([item]);
    else turns.at(-1)?.push(item);
  }
  return { head, turns };
}
