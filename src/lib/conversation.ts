/**
 * The words of a conversation, shared by what stores it, what sends it and what shows it.
 */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;
export interface JsonObject {
  [key: string]: JsonValue;
}

/** An image or a PDF. */
export interface Media {
  /** `image/png`, `image/jpeg`, `image/gif`, `image/webp` or `application/pdf`. */
  mediaType: string;
  /** Base64. */
  data: string;
  /** Of the file that it came from. */
  name?: string;
}

export type Block =
  | { type: "text"; text: string }
  /** Only in messages of the role `user`. */
  | ({ type: "media" } & Media)
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
  /** `content` tells of each of `media` by name too, for models that cannot look at it. */
  | { type: "tool_result"; callId: string; content: string; isError: boolean; media?: Media[] };

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
  /** What it cost, in US dollars, where the provider says so itself. */
  costUsd?: number;
  /** The provider told none: these are guesses. */
  estimated?: true;
}

export const NO_USAGE: Usage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };

/** Of tokens alone: costs are those of requests, as each may have another price. */
export function addUsage(one: Usage, other: Usage): Usage {
  return {
    input: one.input + other.input,
    output: one.output + other.output,
    cacheRead: one.cacheRead + other.cacheRead,
    cacheWrite: one.cacheWrite + other.cacheWrite,
  };
}

/** What stands for a medium where only text can be. */
export function mediaLabel({ mediaType, data, name }: Media): string {
  return `[${name === undefined ? "" : `${name}, `}${mediaType}, ${decodedSize(data)} bytes]`;
}

/** How many bytes a base64 text stands for. A pattern would look at each of many signs of equality anew. */
export function decodedSize(base64: string): number {
  const padding = base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0;
  return Math.floor(((base64.length - padding) * 3) / 4);
}

/** The text of a message, its text blocks joined. */
export function textOf(message: Message): string {
  return message.blocks.map((block) => (block.type === "text" ? block.text : "")).join("");
}
