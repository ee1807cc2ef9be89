/**
 * The words of a conversation, shared by what stores it, what sends it and what shows it.
 */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;
export interface JsonObject {
  [key: string]: JsonValue;
}

export type Block =
  | { type: "text"; text: string }
  | { type: "thinking"; text: string; signature?: string }
  /** `invalidArguments` is what the model wrote when it was not a JSON object; the loop tells it so. */
  | {
      type: "tool_call";
      id: string;
      name: string;
      arguments: JsonObject;
      invalidArguments?: string;
      extra?: CallExtra;
    }
  | { type: "tool_result"; callId: string; content: string; isError: boolean };

/** What a provider sent with a call and wants back with it, such as the signature of a thought; nobody else gets it. */
export interface CallExtra {
  /** Scheme, host and port of who sent it. */
  origin: string;
  content: JsonObject;
}

/** Tool results travel in a message of the role `user`, as every provider wants them after the calls. */
export interface Message {
  role: "user" | "assistant";
  blocks: Block[];
}

/** Tokens as the provider reported them; cached reads and writes apart from `input`. */
export interface Usage {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
}

export const NO_USAGE: Usage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };

export function addUsage(one: Usage, other: Usage): Usage {
  return {
    input: one.input + other.input,
    output: one.output + other.output,
    cacheRead: one.cacheRead + other.cacheRead,
    cacheWrite: one.cacheWrite + other.cacheWrite,
  };
}

/** The text of a message, its text blocks joined. */
export function textOf(message: Message): string {
  return message.blocks.map((block) => (block.type === "text" ? block.text : "")).join("");
}
