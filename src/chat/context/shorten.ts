/** Results of tools made shorter, where a turn is larger than a model's window. Pure. */
import type { Block, Message } from "../../lib/conversation.ts";
import { placesOf, roundest } from "./cut.ts";
import { estimateBlock, type Size } from "./estimate.ts";

type Result = Extract<Block, { type: "tool_result" }>;

/** Characters that are left of an old result, tried one after the other. */
const LEFT = [600, 0] as const;
/** Of what is left of a result, the share of its beginning. */
const BEGINNING = 0.75;

/** A result in the messages of a turn. */
interface Place {
  message: number;
  block: number;
  result: Result;
  tokens: number;
}

/**
 * The messages of one turn with the oldest results shortened, so that they fit into `budget`; those of the last
 * message of results share what is left. Undefined when that does not do.
 */
export function shortenResults(
  turn: readonly Message[],
  budget: number,
  size: Size,
): { messages: Message[]; shortened: number } | undefined {
  const places = placesIn(turn);
  const total = turn.reduce((sum, message) => sum + size(message), 0);
  const room = budget - total + places.reduce((sum, { tokens }) => sum + tokens, 0);
  for (const characters of LEFT) {
    const results = fitResults(places, room, characters);
    const messages = results && withResults(turn, places, results);
    if (!messages || messages.reduce((sum, message) => sum + size(message), 0) > budget) continue;
    const shortened = places.filter(({ result }, index) => results[index] !== result).length;
    return { messages, shortened };
  }
  return undefined;
}

/** The turn in its shortest form, for who has to say how much that is. */
export function shortestForm(turn: readonly Message[]): Message[] {
  const places = placesIn(turn);
  return withResults(
    turn,
    places,
    places.map(({ result }) => shortened(result, 0)),
  );
}

function placesIn(turn: readonly Message[]): Place[] {
  return turn.flatMap(({ blocks }, message) =>
    blocks.flatMap((block, index) =>
      block.type === "tool_result"
        ? [{ message, block: index, result: block, tokens: estimateBlock(block) }]
        : [],
    ),
  );
}

function fitResults(places: readonly Place[], room: number, characters: number): Result[] | undefined {
  const short = places.map(({ result }) => shortened(result, characters));
  const shortSizes = short.map(estimateBlock);
  // What is needed when the first so many are shortened.
  const needs = [places.reduce((sum, { tokens }) => sum + tokens, 0)];
  for (const [index, { tokens }] of places.entries())
    needs.push((needs.at(-1) ?? 0) - tokens + (shortSizes[index] ?? 0));
  const newest = places.findIndex(({ message }) => message === places.at(-1)?.message);
  const first = needs.findIndex((need) => need <= room);
  if (first < 0) return undefined;
  if (first <= newest) {
    const count = stableCount(places, needs, { first, last: newest, room });
    return places.map(({ result }, index) => (index < count ? (short[index] ?? result) : result));
  }
  const older = shortSizes.slice(0, newest).reduce((sum, one) => sum + one, 0);
  return [...short.slice(0, newest), ...sharing(places.slice(newest), room - older)];
}

/** More than have to be, at a place that stays while the turn goes on: see cut.ts. */
function stableCount(
  places: readonly Place[],
  needs: readonly number[],
  { first, last, room }: { first: number; last: number; room: number },
): number {
  const begins = placesOf(places.map(({ tokens }) => tokens));
  const enough = needs.findIndex((need) => need < room / 2);
  const until = begins[enough < 0 ? last : Math.max(first, enough - 1)] ?? 0;
  return roundest(begins, { first, until, last });
}

/** Those that ask for less than their share leave the rest to the others. */
function sharing(places: readonly Place[], room: number): Result[] {
  const bySize = [...places].sort((one, other) => one.tokens - other.tokens);
  let left = room;
  let share = 0;
  for (const [index, { tokens }] of bySize.entries()) {
    share = Math.floor(left / (bySize.length - index));
    if (tokens > share) break;
    left -= tokens;
  }
  return places.map(({ result, tokens }) => (tokens <= share ? result : shortenedTo(result, tokens, share)));
}

function shortenedTo(result: Result, tokens: number, most: number): Result {
  let characters = Math.floor((result.content.length * most) / tokens);
  for (;;) {
    const short = shortened(result, characters);
    if (characters === 0 || estimateBlock(short) <= most) return short;
    characters = Math.floor(characters * 0.8);
  }
}

/** The result itself where that is no shorter. */
function shortened(result: Result, characters: number): Result {
  const content = shortenText(result.content, characters);
  const { media: _, ...words } = result;
  const short = { ...words, content };
  return estimateBlock(short) < estimateBlock(result) ? short : result;
}

/** The beginning and the end of a text, `characters` of it in all, with a note of what is not there. */
export function shortenText(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const beginning = wholePairs(text.slice(0, Math.ceil(characters * BEGINNING)));
  const end = wholePairs(text.slice(text.length - Math.floor(characters * (1 - BEGINNING))));
  const missing = text.length - beginning.length - end.length;
  const note = `(${missing} characters are left out here.)`;
  return [beginning, note, end].filter((part) => part !== "").join("\n");
}

/** Without halves of characters at its ends. */
function wholePairs(text: string): string {
  return text.replace(/^[\uDC00-\uDFFF]/, "").replace(/[\uD800-\uDBFF]$/, "");
}

function withResults(
  turn: readonly Message[],
  places: readonly Place[],
  results: readonly Result[],
): Message[] {
  const messages = turn.map((message) => message);
  for (const [index, { message, block, result }] of places.entries()) {
    const given = results[index] ?? result;
    const before = messages[message];
    if (given === result || !before) continue;
    messages[message] = { ...before, blocks: before.blocks.with(block, given) };
  }
  return messages;
}
