/** What a request would hold, for people: its parts and their sizes. Pure. */
import type { ContextStrategy } from "../../config/configuration.ts";
import type { Block, Message } from "../../lib/conversation.ts";
import type { ModelRequest } from "../../llm/port.ts";
import { estimateBlock, estimateSurroundings } from "./estimate.ts";
import type { Fit } from "./fit.ts";
import type { Room } from "./room.ts";

export interface Described {
  /** `PROVIDER/MODEL`. */
  name: string;
  strategy: ContextStrategy;
  request: Pick<ModelRequest, "system" | "tools" | "schema" | "messages">;
  /** What would be sent of the messages; absent where nothing is known of the window, and all of them would be. */
  fit?: Fit;
  room?: Room;
}

/** Lines for a terminal; nothing in them comes from the conversation. */
export function describeContext({ name, strategy, request, fit, room }: Described): string[] {
  const factor = room?.factor ?? 1;
  const messages = fit?.messages ?? request.messages;
  const parts = partsOf(request, messages).map(([title, tokens]): [string, number] => [
    title,
    Math.round(tokens * factor),
  ]);
  const sum = parts.reduce((total, [, tokens]) => total + tokens, 0);
  return [
    `${name}: ${sizeLine(sum, room)}`,
    ...table(parts),
    ...leftOut(request.messages, strategy, fit, room),
  ];
}

function sizeLine(tokens: number, room: Room | undefined): string {
  const about = `about ${count(tokens)}`;
  if (!room) return `${about} tokens; its window is not known, nothing is left out`;
  const percent = Math.round((tokens / room.window) * 100);
  return `${about} of ${count(room.window)} tokens (${percent} %), ${count(room.reserve)} are kept for the answer`;
}

type Part = [title: string, tokens: number];

function partsOf(request: Described["request"], messages: readonly Message[]): Part[] {
  const { system, tools, schema } = request;
  const nothing = { tools: [] };
  const own = (role: Message["role"], isOwn: (block: Block) => boolean): Part[1] =>
    messages
      .filter((message) => message.role === role)
      .flatMap(({ blocks }) => blocks.filter(isOwn))
      .reduce((sum, block) => sum + estimateBlock(block), 0);
  const isResult = ({ type }: Block) => type === "tool_result";
  const parts: Part[] = [
    ["system prompt", estimateSurroundings({ ...nothing, ...(system !== undefined && { system }) })],
    [plural(tools.length, "tool"), estimateSurroundings({ tools })],
    ["schema", estimateSurroundings({ ...nothing, ...(schema && { schema }) })],
    ["user", own("user", (block) => !isResult(block))],
    ["assistant", own("assistant", () => true)],
    ["tool results", own("user", isResult)],
  ];
  return parts.filter(([, tokens]) => tokens > 0);
}

function table(parts: readonly Part[]): string[] {
  const titles = Math.max(...parts.map(([title]) => title.length));
  const numbers = Math.max(...parts.map(([, tokens]) => count(tokens).length));
  return parts.map(([title, tokens]) => `  ${title.padEnd(titles)}  ${count(tokens).padStart(numbers)}`);
}

function leftOut(
  messages: readonly Message[],
  strategy: ContextStrategy,
  fit: Fit | undefined,
  room: Room | undefined,
): string[] {
  if (!fit || !room) return [];
  if (fit.tooLong !== undefined) return ["  it does not fit, whatever is left out"];
  const { left, shortened, summarized } = fit;
  const all = plural(messages.length, "message");
  const how = strategy === "summarize" ? ", a summary stands for them" : "";
  const later = strategy === "summarize" && !summarized ? ", the model will be asked to summarize them" : how;
  return [
    left === 0 ? `  ${all}, none is left out` : `  ${left} of ${all} are left out (${strategy})${later}`,
    ...(shortened > 0 ? [`  ${plural(shortened, "tool result")} shortened`] : []),
  ];
}

function plural(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}

function count(tokens: number): string {
  return tokens.toLocaleString("en-US");
}
