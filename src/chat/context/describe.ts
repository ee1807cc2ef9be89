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
  /** What would be sent of the messages; both absent where the window is not known, and all of them would be. */
  fit?: Fit;
  room?: Room;
  /** Whether the model would be asked for a summary that is not there yet. */
  summaryToCome?: boolean;
}

interface Part {
  title: string;
  tokens: number;
}

/** Tokens are estimated; messages are those of the conversation. */
export interface Measured {
  name: string;
  strategy: ContextStrategy;
  tokens: number;
  parts: Part[];
  messages: number;
  /** Messages. */
  left: number;
  /** Of those that are left out: there is one, the model will be asked for one, or there is to be none. */
  summary: "there" | "to come" | "none";
  /** Results of tools. */
  shortened: number;
  /** False when it is too much, whatever is left out. */
  fits: boolean;
  /** Absent where it is not known. */
  window?: { tokens: number; reserve: number };
}

export function measureContext({
  name,
  strategy,
  request,
  fit,
  room,
  summaryToCome = false,
}: Described): Measured {
  const factor = room?.factor ?? 1;
  const parts = partsOf(request, fit?.messages ?? request.messages).map(([title, estimated]) => ({
    title,
    tokens: Math.round(estimated * factor),
  }));
  return {
    name,
    strategy,
    tokens: parts.reduce((sum, { tokens }) => sum + tokens, 0),
    parts,
    messages: request.messages.length,
    left: fit?.left ?? 0,
    summary: fit?.summarized ? "there" : summaryToCome ? "to come" : "none",
    shortened: fit?.shortened ?? 0,
    fits: fit?.tooLong === undefined,
    ...(room && { window: { tokens: room.window, reserve: room.reserve } }),
  };
}

function partsOf(
  { system, tools, schema }: Described["request"],
  messages: readonly Message[],
): [title: string, tokens: number][] {
  const said = (role: Message["role"], isMeant: (block: Block) => boolean) =>
    messages
      .filter((message) => message.role === role)
      .flatMap(({ blocks }) => blocks.filter(isMeant))
      .reduce((sum, block) => sum + estimateBlock(block), 0);
  const isResult = ({ type }: Block) => type === "tool_result";
  const parts: [string, number][] = [
    ["system prompt", estimateSurroundings({ tools: [], ...(system !== undefined && { system }) })],
    [plural(tools.length, "tool"), estimateSurroundings({ tools })],
    ["schema", estimateSurroundings({ tools: [], ...(schema && { schema }) })],
    ["user", said("user", (block) => !isResult(block))],
    ["assistant", said("assistant", () => true)],
    ["tool results", said("user", isResult)],
  ];
  return parts.filter(([, tokens]) => tokens > 0);
}

/** Lines for a terminal; nothing in them comes from the conversation. */
export function contextLines(measured: Measured): string[] {
  const { name, parts } = measured;
  const titles = Math.max(...parts.map(({ title }) => title.length));
  const numbers = Math.max(...parts.map(({ tokens }) => count(tokens).length));
  const rows = parts.map(
    ({ title, tokens }) => `  ${title.padEnd(titles)}  ${count(tokens).padStart(numbers)}`,
  );
  return [`${name}: ${sizeLine(measured)}`, ...rows, ...leftLines(measured)];
}

function sizeLine({ tokens, window }: Measured): string {
  const about = `about ${count(tokens)}`;
  if (!window) return `${about} tokens; nothing is left out`;
  const percent = Math.round((tokens / window.tokens) * 100);
  return `${about} of ${count(window.tokens)} tokens (${percent} %), ${count(window.reserve)} are kept for the answer`;
}

const SUMMARY: Readonly<Record<Measured["summary"], string>> = {
  there: ", a summary stands for them",
  "to come": ", the model will be asked to summarize them",
  none: "",
};

function leftLines({ messages, left, strategy, summary, shortened, fits, window }: Measured): string[] {
  if (!fits) return ["  that is too much, whatever is left out"];
  const all = plural(messages, "message");
  const some = `${count(left)} of ${all} ${left === 1 ? "is" : "are"} left out (${strategy})${SUMMARY[summary]}`;
  return [
    left > 0 ? `  ${some}` : window ? `  ${all}, none is left out` : `  ${all}`,
    ...(shortened > 0 ? [`  ${plural(shortened, "tool result")} shortened`] : []),
  ];
}

function plural(number: number, word: string): string {
  return `${count(number)} ${word}${number === 1 ? "" : "s"}`;
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}
