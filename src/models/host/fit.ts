/** Makes a conversation fit into a model's context: whole turns are left out, the oldest first, and never the last. Pure. */
import type { ChatHistoryItem } from "node-llama-cpp";

export interface Fit {
  history: ChatHistoryItem[];
  /** How many of the oldest turns were left out. */
  dropped: number;
}

export interface Room {
  /** Tokens of the context. */
  contextSize: number;
  /** Tokens that an answer may take; a quarter of the context is kept for it at most. */
  answer?: number;
  /** Turns that were left out before: they stay out, so that what was evaluated since can be used. */
  dropped: number;
  count: (history: readonly ChatHistoryItem[]) => number;
}

/** Undefined when not even the last turn fits. */
export function fitHistory(history: readonly ChatHistoryItem[], room: Room): Fit | undefined {
  const { contextSize, answer = Number.POSITIVE_INFINITY, count } = room;
  const most = contextSize - Math.min(answer, Math.floor(contextSize / 4)) - 1;
  const { head, turns } = turnsOf(history);
  let dropped = Math.min(room.dropped, turns.length - 1);
  const without = (number: number) => [...head, ...turns.slice(number).flat()];
  if (count(without(dropped)) <= most) return { history: without(dropped), dropped };
  // More than has to go, so that the next turns need not begin anew each time.
  for (const enough of [Math.floor((most * 3) / 4), most]) {
    for (dropped = Math.min(room.dropped, turns.length - 1); dropped < turns.length; dropped++) {
      if (count(without(dropped)) <= enough) return { history: without(dropped), dropped };
    }
  }
  const last = without(turns.length - 1);
  return count(last) < contextSize - 1 ? { history: last, dropped: turns.length - 1 } : undefined;
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
