/**
 * Messages in the order in which they came. The SDK handles a notification a moment later than an answer, so that the
 * progress that arrives together with its result would come too late to be heard. And in the form that the SDK takes.
 */
import type { JSONRPCMessage } from "@modelcontextprotocol/client";

export interface InOrder {
  push(message: JSONRPCMessage): void;
  /** Delivers what still waits, as nothing comes after it. */
  flush(): void;
}

/** What `take` throws is told to `onError`, as nobody else would hear of it. */
export function inOrder(take: (message: JSONRPCMessage) => void, onError: (error: Error) => void): InOrder {
  const deliver = (message: JSONRPCMessage) => {
    try {
      take(withResultType(message));
    } catch (error) {
      onError(error instanceof Error ? error : new Error(String(error)));
    }
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
      waiting.push(message);
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
