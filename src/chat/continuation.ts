/** An answer that broke off and the words that go on with it, joined as one text. Pure. */
import type { ModelEvent } from "../llm/port.ts";

/** What a model repeats of its own words before it goes on is longer than chance, and rarely longer than this. */
const SHORTEST_ECHO = 12;
const LONGEST_ECHO = 600;

/**
 * Parts a text from what goes on with it as its paragraphs demand: what the model repeats is left out, a block of
 * Markdown begins on a line of its own, a code fence that is open is not opened again, no more than one blank line
 * parts two paragraphs. Returns what stands behind `before` instead of `next`.
 */
export function continuationOf(before: string, next: string): string {
  const fresh = withoutEcho(before, next);
  if (before === "" || fresh.trim() === "") return fresh;
  if (isInFence(before)) return inFence(before, fresh);
  const [given, body] = split(fresh, before.endsWith("\n"));
  const ended = trailing(before);
  if (ended.length > 0 || given.length > 0) return between(before, ended, given) + body;
  return gapFor(before, body) + body;
}

/** The longest end of `before` that `next` begins with is left out, if it is long enough to be no chance. */
function withoutEcho(before: string, next: string): string {
  const tail = before.slice(-LONGEST_ECHO);
  for (let length = Math.min(tail.length, next.length); length >= SHORTEST_ECHO; length--) {
    if (next.startsWith(tail.slice(-length))) return next.slice(length);
  }
  return next;
}

const FENCE = /^ {0,3}(?:```|~~~)/;

function isInFence(text: string): boolean {
  return text.split("\n").filter((line) => FENCE.test(line)).length % 2 === 1;
}

/** A model that goes on with code likes to open the fence again. */
function inFence(before: string, next: string): string {
  const [line = "", ...rest] = next.replace(/^\n+(?=[`~])/, "").split("\n");
  const reopens = FENCE.test(line) && /^ {0,3}(?:```|~~~)\s*\w/.test(line) && rest.length > 0;
  if (!reopens) return FENCE.test(next) && !before.endsWith("\n") ? `\n${next}` : next;
  return (before.endsWith("\n") ? "" : "\n") + rest.join("\n");
}

/** White space at the beginning, and the rest. */
function split(text: string, atLineStart: boolean): [string, string] {
  const body = text.replace(/^\s+/, "");
  const given = text.slice(0, text.length - body.length);
  // Blanks at the beginning of a line are code or a list within a list.
  const line = atLineStart ? /(?:^|\n)([ \t]+)$/ : /\n([ \t]+)$/;
  const indent = line.exec(given)?.[1] ?? "";
  return [given.slice(0, given.length - indent.length), indent + body];
}

function trailing(text: string): string {
  return /\s+$/.exec(text)?.[0] ?? "";
}

/** The white space that is still lacking between the two, where either brings some. */
function between(before: string, ended: string, given: string): string {
  const has = newlines(ended);
  const wanted = Math.min(2, Math.max(has, newlines(given), has + newlines(given)));
  if (wanted === 0) return /\s$/.test(before) ? "" : given;
  return "\n".repeat(Math.max(0, wanted - has));
}

function newlines(text: string): number {
  return text.split("\n").length - 1;
}

/** A block of Markdown: a heading, a quotation, an entry of a list, a row of a table, a fence. */
const BLOCK = /^(?:#{1,6} |> |[-*+] |\d{1,3}[.)] |\||```|~~~)/;
const ENTRY = /^\s*(?:[-*+] |\d{1,3}[.)] |\||> )/;

/** Neither brings white space: the next character may go on with a word, or begin a sentence or a paragraph. */
function gapFor(before: string, body: string): string {
  const line = before.slice(before.lastIndexOf("\n") + 1);
  if (BLOCK.test(body)) return ENTRY.test(line) && ENTRY.test(body) ? "\n" : "\n\n";
  const sentence = /[.!?…:;]["'”’)\]]*$/.test(before) && /^[\p{Lu}“‘([]/u.test(body);
  return sentence ? " " : "";
}

/** As many characters show how a text begins. */
const BEGINNING = 16;

/** Whether more of the text may still turn out to be an echo, or what it begins with is not to be seen yet. */
function isUnsettled(before: string, next: string): boolean {
  return next.trim().length < BEGINNING || before.slice(-LONGEST_ECHO).includes(next);
}

const ENDS_WORDS: ReadonlySet<ModelEvent["type"]> = new Set([
  "tool_call_start",
  "tool_call",
  "done",
  "failed",
]);

/** The events of an answer that goes on with `before`: its first words are held until it shows how they join. */
export async function* continued(
  before: string,
  events: AsyncIterable<ModelEvent>,
): AsyncGenerator<ModelEvent> {
  let held: string | undefined = "";
  for await (const event of events) {
    if (held !== undefined && event.type === "text") {
      held += event.text;
      if (isUnsettled(before, held)) continue;
    }
    const settled: boolean = event.type === "text" || ENDS_WORDS.has(event.type);
    if (held === undefined || !settled) {
      yield event;
      continue;
    }
    const text = continuationOf(before, held);
    held = undefined;
    if (text !== "") yield { type: "text", text };
    if (event.type !== "text") yield event;
  }
}
