/**
 * Messages in the order in which they came. The SDK handles a notification a moment later than an answer, so that the
 * progress that arrives together with its result would come too late to be heard. And in the form that the SDK takes.
 */
import type { JSONRPCMessage } from "@modelcontextprotocol/client";
import { noAnswer, wellFormed } from "./envelope.ts";

export interface InOrder {
  push(message: JSONRPCMessage): void;
  /** Delivers what still waits, as nothing comes after it. */
  flush(): void;
}

/**
 * What `take` throws, and what is wrong with the form of a message, is told to `onError`, as nobody else would hear of
 * it. Whoever waits for an answer that cannot be taken gets an error.
 */
export function inOrder(take: (message: JSONRPCMessage) => void, onError: (error: Error) => void): InOrder {
  const attempt = (message: JSONRPCMessage): boolean => {
    try {
      take(message);
      return true;
    } catch (error) {
      onError(error instanceof Error ? error : new Error(String(error)));
      return false;
    }
  };
  const deliver = (message: JSONRPCMessage) => {
    if (attempt(withResultType(message)) || !("result" in message)) return;
    attempt(noAnswer(message.id));
  };
  const waiting: JSONRPCMessage[] = [];
  let paused = false;
  const goOn = () => {
    paused = false;
    while (!paused) {
      const message = waiting.shift();
      if (!message) return;
      deliver(message);
      if (!isNotification(message)) continue;
      paused = true;
      // Behind the one in which the SDK handles it.
      queueMicrotask(goOn);
    }
  };
  return {
    push(message) {
      const formed = wellFormed(message, onError);
      if (!formed) return;
      waiting.push(formed);
      if (!paused) goOn();
    },
    flush() {
      for (const message of waiting.splice(0)) deliver(message);
    },
  };
}

function isNotification(message: JSONRPCMessage): boolean {
  return "method" in message && !("id" in message);
}

/**
 * A result that does not say of what type it is is complete, in every era; in the newer one the SDK refuses it, and in
 * the older one it ignores the type.
 */
function withResultType(message: JSONRPCMessage): JSONRPCMessage {
  if (!("result" in message) || typeof message.result !== "object" || message.result === null) return message;
  if ("resultType" in message.result) return message;
  return { ...message, result: { ...message.result, resultType: "complete" } };
}
