/**
 * A conversation put into the order that every provider accepts, whatever a crash, a change of model or a trimmed
 * context window left of it: roles alternate from user to user, each tool call is answered in the next
 * message, ids are unique and well formed, no text is blank.
 */
import { type Block, type Media, type Message, mediaLabel } from "../lib/conversation.ts";

export type ToolCall = Extract<Block, { type: "tool_call" }>;
export type ToolResult = Extract<Block, { type: "tool_result" }>;
type MediaBlock = { type: "media" } & Media;
/** What a user says. */
export type Part = { type: "text"; text: string } | MediaBlock;
type Other = Exclude<Block, ToolCall | ToolResult | MediaBlock>;

export type Turn =
  /** The results answer the calls of the turn before, in their order. */
  | { role: "user"; results: ToolResult[]; parts: Part[] }
  | { role: "assistant"; blocks: (ToolCall | Other)[] };
type UserTurn = Extract<Turn, { role: "user" }>;
type AssistantTurn = Extract<Turn, { role: "assistant" }>;

const UNANSWERED =
  "Outcome unknown: mcpchat was interrupted before the tool answered. It may or may not have run.";
const NOT_RUN = "Not run: the arguments of this call were cut off.";
const NO_OUTPUT = "(no output)";
const EARLIER = "(Earlier messages are left out.)";
// Not a prefill: newer models of Anthropic refuse a conversation that ends with the assistant, as Mistral does.
export const CONTINUE =
  "Your answer was cut off. Go on from exactly where it stops; repeat nothing of it, and say nothing about it.";

/** Which thoughts of the model go back to it: those it signed, those without a signature, or none. */
export type Thoughts = "signed" | "plain" | "none";

export function transcriptOf(messages: readonly Message[], thoughts: Thoughts): Turn[] {
  const turns: Turn[] = [];
  for (const message of mergeRoles(messages, thoughts)) {
    if (message.role === "assistant") turns.push(assistantTurn(message.blocks));
    else turns.push({ role: "user", ...answer(turns.at(-1), message.blocks) });
    const before = turns.at(-2);
    if (message.role === "assistant" && before === undefined) turns.unshift(userTurn(EARLIER));
  }
  const last = turns.at(-1);
  if (!last) return [userTurn(EARLIER)];
  if (last.role === "assistant") turns.push(closing(last));
  return uniqueIds(turns);
}

/** Drops what does not travel and messages that this leaves empty, then joins neighbours of one role. */
function mergeRoles(messages: readonly Message[], thoughts: Thoughts): Message[] {
  const merged: Message[] = [];
  for (const { role, blocks } of messages) {
    const kept = blocks.filter((block) => travels(block, role, thoughts));
    // Anthropic refuses a thought at the end, where a crash in the middle of thinking leaves one.
    while (kept.at(-1)?.type === "thinking") kept.pop();
    if (kept.length === 0) continue;
    const last = merged.at(-1);
    if (last?.role === role) last.blocks.push(...kept);
    else merged.push({ role, blocks: kept });
  }
  return merged;
}

function travels(block: Block, role: Message["role"], thoughts: Thoughts): boolean {
  switch (block.type) {
    case "text":
      return block.text.trim() !== "";
    case "media":
      return role === "user";
    case "thinking":
      // Where thoughts are signed, one without a signature is another provider's, or half of one.
      return role === "assistant" && thoughts === (block.signature ? "signed" : "plain");
    case "tool_call":
      return role === "assistant";
    case "tool_result":
      return role === "user";
  }
}

function userTurn(text: string): UserTurn {
  return { role: "user", results: [], parts: [{ type: "text", text }] };
}

function assistantTurn(blocks: readonly Block[]): AssistantTurn {
  const own = blocks.filter((block) => block.type !== "tool_result" && block.type !== "media");
  return { role: "assistant", blocks: own };
}

/** The user's side after `before`: a result for each of its calls, then everything else. */
function answer(before: Turn | undefined, blocks: readonly Block[]): Omit<UserTurn, "role"> {
  const parts: Part[] = [];
  const calls =
    before?.role === "assistant" ? before.blocks.filter((block) => block.type === "tool_call") : [];
  // A list for each id, as calls that share one are answered in their order.
  const given = new Map(calls.map(({ id }): [string, ToolResult[]] => [id, []]));
  for (const block of blocks) {
    if (block.type === "text" || block.type === "media") parts.push(block);
    if (block.type !== "tool_result") continue;
    const results = given.get(block.callId);
    if (results) results.push(block);
    else parts.push({ type: "text", text: `(Result of a tool call that is left out: ${block.content})` });
  }
  return { results: calls.map((call) => resultFor(call, given.get(call.id)?.shift())), parts };
}

/** What the model is told of a call that has no result. */
export function withoutResult({ id, invalidArguments }: ToolCall): ToolResult {
  const content = invalidArguments === undefined ? UNANSWERED : NOT_RUN;
  return { type: "tool_result", callId: id, content, isError: true };
}

function resultFor(call: ToolCall, result: ToolResult | undefined): ToolResult {
  if (!result) return withoutResult(call);
  return result.content.trim() === "" ? { ...result, content: NO_OUTPUT } : result;
}

/** What follows an assistant turn that came last: results for its calls, else a word to go on. */
function closing(last: AssistantTurn): UserTurn {
  const { results } = answer(last, []);
  return { role: "user", results, parts: results.length === 0 ? [{ type: "text", text: CONTINUE }] : [] };
}

/** Some servers number their calls from 0 in every answer, and OpenAI allows 40 characters. */
function uniqueIds(turns: readonly Turn[]): Turn[] {
  const ids: Ids = { used: new Set(), next: new Map() };
  let renamed: string[] = [];
  return turns.map((turn) => {
    if (turn.role === "user") {
      const fresh = renamed;
      const results = turn.results.map((result, index) => ({
        ...result,
        callId: fresh[index] ?? result.callId,
      }));
      return { ...turn, results };
    }
    renamed = [];
    const blocks = turn.blocks.map((block) => {
      if (block.type !== "tool_call") return block;
      const id = freshId(block.id, ids);
      renamed.push(id);
      return { ...block, id, name: wellFormed(block.name, 64) || "unknown" };
    });
    return { ...turn, blocks };
  });
}

/** The ids given out, and by the beginning of an id the number to try next: one that comes again costs no search. */
interface Ids {
  used: Set<string>;
  next: Map<string, number>;
}

function freshId(id: string, { used, next }: Ids): string {
  const base = wellFormed(id, 40) || "call";
  const stem = base.slice(0, 34);
  let fresh = base;
  let n = next.get(stem) ?? 2;
  while (used.has(fresh)) fresh = `${stem}_${n++}`;
  next.set(stem, n);
  used.add(fresh);
  return fresh;
}

/** A model may invent a name that its provider would not take back. */
function wellFormed(name: string, longest: number): string {
  return name.replace(/[^\w-]/g, "_").slice(0, longest);
}

/** The words of a user's turn, for models that take nothing else: a medium is named in brackets. */
export function textsOf(parts: readonly Part[]): string[] {
  return parts.map((part) => (part.type === "text" ? part.text : mediaLabel(part)));
}
