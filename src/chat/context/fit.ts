/**
 * Makes a conversation fit into what a model can take. Whole turns are left out, never a part of one; a call stays with
 * its result, and what the user said last always stays. What fits is not touched. Pure, but for who summarizes.
 */
import type { ContextStrategy } from "../../config/configuration.ts";
import type { Message } from "../../lib/conversation.ts";
import { chooseCut } from "./cut.ts";
import { estimateMessage, type Size } from "./estimate.ts";
import { shortenResults, shortenText, shortestForm } from "./shorten.ts";
import { turnStarts } from "./turns.ts";

export interface FitOptions {
  strategy: ContextStrategy;
  /** Tokens of the messages alone. */
  budget: number;
  size?: Size;
  /**
   * With the strategy `summarize`: what was said in the first `count` messages, in at most so many tokens. Undefined when
   * there is none to be had; a note takes its place.
   */
  summarize?: (count: number, tokens: number) => Promise<string | undefined>;
}

export interface Fit {
  messages: readonly Message[];
  /** Messages at the beginning that stayed as they are: those of the first turn. */
  head: number;
  /** Messages left out after them. */
  left: number;
  /** Results of tools that were shortened. */
  shortened: number;
  summarized: boolean;
  /** Tokens of what is left when that is more than the budget: these messages do not fit. */
  tooLong?: number;
}

/** Of the budget, what the first turn may take: a larger one would leave no room for what is spoken of now. */
const HEAD_SHARE = 1 / 3;
const SUMMARY_SHARE = 1 / 8;
const LONGEST_SUMMARY = 2000;
/** In fewer tokens nothing can be said. */
const SHORTEST_SUMMARY = 64;

/** Takes time in proportion to the messages. */
export async function fitContext(messages: readonly Message[], options: FitOptions): Promise<Fit> {
  const { strategy, budget, size = estimateMessage } = options;
  const turns = turnsOf(messages, size);
  if (turns.total <= budget) return { ...WHOLE, messages };
  const plan = planCut(turns, { strategy, budget, size });
  const tail = messages.slice(plan.from);
  const usual = fitTail(tail, plan.room, size);
  const hasRoom = usual.tooLong === undefined;
  const shorter = hasRoom ? usual : fitTail(tail, budget, size);
  if (shorter.tooLong !== undefined) return { ...WHOLE, ...shorter, left: plan.from };
  const left = plan.from - plan.head;
  const note = left > 0 && plan.noted && hasRoom ? await noteOf(plan, left, options) : undefined;
  const kept = note ? withNote(shorter.messages, note.text) : shorter.messages;
  return {
    messages: [...messages.slice(0, plan.head), ...kept],
    head: plan.head,
    left,
    shortened: shorter.shortened,
    summarized: note?.summarized ?? false,
  };
}

const WHOLE = { head: 0, left: 0, shortened: 0, summarized: false };

interface Turns {
  starts: readonly number[];
  sizes: readonly number[];
  total: number;
}

function turnsOf(messages: readonly Message[], size: Size): Turns {
  const starts = turnStarts(messages);
  const sizes = starts.map((start, index) =>
    messages.slice(start, starts[index + 1]).reduce((sum, message) => sum + size(message), 0),
  );
  return { starts, sizes, total: sizes.reduce((sum, one) => sum + one, 0) };
}

interface Plan {
  /** Messages of the first turn, if that stays. */
  head: number;
  /** The message from which on everything stays. */
  from: number;
  /** Tokens that there are for the messages from there on. */
  room: number;
  /** Whether there is room to say what was left out. */
  noted: boolean;
  /** Tokens that a summary may have; 0 where there is to be none. */
  summary: number;
}

interface Bounds {
  strategy: ContextStrategy;
  budget: number;
  size: Size;
}

/** The first of these ways in which the last turn fits whole; the last of them when it does in none. */
function planCut(turns: Turns, { strategy, budget, size }: Bounds): Plan {
  const { starts, sizes } = turns;
  const last = sizes.at(-1) ?? 0;
  const noted = strategy !== "sliding_window";
  const note = noted ? size(userSays(summaryNote(starts.at(-1) ?? 0))) : 0;
  const wanted = strategy === "summarize" ? Math.min(LONGEST_SUMMARY, Math.floor(budget * SUMMARY_SHARE)) : 0;
  const summary = wanted < SHORTEST_SUMMARY ? 0 : wanted;
  const first = noted && starts.length > 2 ? (sizes[0] ?? 0) : 0;
  const withHead = first > 0 && first <= budget * HEAD_SHARE;
  const ways: Way[] = [
    ...(withHead ? [{ head: true, noted, summary, room: budget - first - note - summary }] : []),
    { head: false, noted, summary, room: budget - note - summary },
    { head: false, noted, summary: 0, room: budget - note },
    { head: false, noted: false, summary: 0, room: budget },
  ];
  const way = ways.find(({ room }) => last <= room) ?? lastResort(ways, budget);
  const { head: keepsHead, ...rest } = way;
  return { ...rest, head: keepsHead ? (starts[1] ?? 0) : 0, from: starts[chooseCut(sizes, way.room)] ?? 0 };
}

interface Way {
  head: boolean;
  noted: boolean;
  summary: number;
  room: number;
}

/** The results of the last turn will be shortened: a note has room beside them unless the budget is tiny. */
function lastResort(ways: readonly Way[], budget: number): Way {
  const [noted, bare] = ways.slice(-2);
  const usual = noted && noted.room >= budget * HEAD_SHARE ? noted : bare;
  return usual ?? { head: false, noted: false, summary: 0, room: budget };
}

function fitTail(
  tail: readonly Message[],
  room: number,
  size: Size,
): { messages: readonly Message[]; shortened: number; tooLong?: number } {
  const tokens = tokensOf(tail, size);
  if (tokens <= room) return { messages: tail, shortened: 0 };
  const fit = shortenResults(tail, room, size);
  if (fit) return fit;
  const shortest = shortestForm(tail);
  return { messages: shortest, shortened: 0, tooLong: tokensOf(shortest, size) };
}

function tokensOf(messages: readonly Message[], size: Size): number {
  return messages.reduce((sum, message) => sum + size(message), 0);
}

async function noteOf(
  { from, summary }: Plan,
  left: number,
  { summarize, size = estimateMessage }: FitOptions,
): Promise<{ text: string; summarized: boolean }> {
  const text = summary > 0 ? await summarize?.(from, summary) : undefined;
  if (text === undefined) return { text: noteText(left), summarized: false };
  return { text: `${summaryNote(left)}\n\n${within(text, summary, size)}`, summarized: true };
}

/** A model may write more than it was asked for. */
function within(text: string, tokens: number, size: Size): string {
  let short = text;
  for (let most = text.length; size(userSays(short)) > tokens && most > 0; most = Math.floor(most * 0.8)) {
    short = shortenText(text, most);
  }
  return size(userSays(short)) > tokens ? "" : short;
}

function noteText(count: number): string {
  return `(${messageCount(count)} left out here.)`;
}

function summaryNote(count: number): string {
  return `(${messageCount(count)} left out here; this is what was said in them:)`;
}

function messageCount(count: number): string {
  return count === 1 ? "1 message is" : `${count} messages are`;
}

function userSays(text: string): Message {
  return { role: "user", blocks: [{ type: "text", text }] };
}

/** In the user's own message, so that roles alternate as before. */
function withNote(tail: readonly Message[], text: string): readonly Message[] {
  const [first, ...rest] = tail;
  return first ? [{ ...first, blocks: [{ type: "text", text }, ...first.blocks] }, ...rest] : tail;
}
