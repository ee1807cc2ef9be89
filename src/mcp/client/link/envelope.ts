/**
 * The form of messages. The SDK sorts them by schemas that bear nothing else, and drops what fits none without a word:
 * whoever waits for an answer would wait until the end of the limit.
 */
import type { JSONRPCErrorResponse, JSONRPCMessage, RequestId } from "@modelcontextprotocol/client";

/** What is wrong with a message; the text is the end of a sentence about the server. */
export class MessageFault extends Error {
  override readonly name = "MessageFault";
}

const INTERNAL_ERROR = -32603;

/**
 * A message in the form that the SDK takes. An answer that is none becomes an error for whoever waits for it. Undefined
 * for what belongs to nobody.
 */
export function wellFormed(
  message: JSONRPCMessage,
  onFault: (fault: MessageFault) => void,
): JSONRPCMessage | undefined {
  const raw: RawMessage = message;
  if (raw.method !== undefined) return withoutNulls(message, raw);
  const id = idOfOurs(raw.id);
  if (id === undefined) {
    onFault(new MessageFault(strayWords(raw)));
    return undefined;
  }
  const answer = answerOf(message, raw, id);
  if (answer) return answer;
  onFault(new MessageFault("sends answers that are none"));
  return noAnswer(id, raw.error);
}

/** The error for a request whose answer cannot be used. */
export function noAnswer(id: RequestId, error?: unknown): JSONRPCErrorResponse {
  const told = typeof error === "string" ? error : messageIn(error);
  const words = told === undefined ? "" : `: ${told}`;
  const message = `the server sent an answer that is none${words}`;
  return { jsonrpc: "2.0", id, error: { code: INTERNAL_ERROR, message } };
}

/** The members that a message may have; nothing is known of what they are. */
interface RawMessage {
  id?: unknown;
  method?: unknown;
  params?: unknown;
  result?: unknown;
  error?: unknown;
}

/** There are languages in which what is absent is written as null. */
function withoutNulls(message: JSONRPCMessage, raw: RawMessage): JSONRPCMessage {
  if (raw.params !== null && raw.id !== null) return message;
  const { params, id, ...others } = raw;
  const kept = { ...others, ...(params !== null && { params }), ...(id !== null && { id }) };
  return kept as JSONRPCMessage; // As far as it was one; the SDK looks.
}

/** The numbers of the SDK, which some servers give back as text, and its names for what it listens to. */
function idOfOurs(id: unknown): RequestId | undefined {
  if (typeof id === "number") return Number.isInteger(id) ? id : undefined;
  if (typeof id !== "string" || id === "") return undefined;
  return /^\d+$/.test(id) ? Number(id) : id;
}

function strayWords({ id, error }: RawMessage): string {
  const told = messageIn(error);
  if (id === undefined || id === null) {
    return told === undefined ? "sends messages that are none" : `cannot read what it is sent: ${told}`;
  }
  return "sends answers whose id is not the one of the request";
}

/** An answer has either a result or an error, and nothing else. */
function answerOf(message: JSONRPCMessage, raw: RawMessage, id: RequestId): JSONRPCMessage | undefined {
  const hasResult = raw.result !== undefined && raw.result !== null;
  const hasError = raw.error !== undefined && raw.error !== null;
  if (hasResult === hasError) return undefined;
  if (hasResult ? !isResult(raw.result) : !isError(raw.error)) return undefined;
  if (Object.keys(raw).length === 3 && raw.id === id) return message;
  const rest = hasResult ? { result: raw.result } : { error: raw.error };
  return { jsonrpc: "2.0", id, ...rest } as JSONRPCMessage; // Of the form that was just looked at.
}

function isResult(value: unknown): boolean {
  if (!isObject(value)) return false;
  return !("_meta" in value) || value._meta === undefined || isObject(value._meta);
}

function isError(value: unknown): boolean {
  return isObject(value) && "code" in value && Number.isInteger(value.code) && messageIn(value) !== undefined;
}

function messageIn(error: unknown): string | undefined {
  const message = isObject(error) && "message" in error ? error.message : undefined;
  return typeof message === "string" ? message : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
