/**
 * Messages in the order in which they came. The SDK handles a notification a moment later than an answer, so that the
 * progress that arrives together with its result would come too late to be heard.
 */
import type { JSONRPCMessage } from "@modelcontextprotocol/client";

export interface InOrder {
  push(message: JSONRPCMessage): void;
  /** Delivers what still waits, as nothing comes after it. */
  flush(): void;
}

export function inOrder(deliver: (message: JSONRPCMessage) => void): InOrder {
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
