/** Messages that the transport has to know by what they mean. */
import type { JSONRPCMessage, JSONRPCRequest, RequestId } from "@modelcontextprotocol/client";

/** What began the session the first time. */
export type Initialize = JSONRPCRequest;

export function isInitialize(message: JSONRPCMessage): message is Initialize {
  return "method" in message && "id" in message && message.method === "initialize";
}

/** The request that a notification takes back. */
export function cancelledBy(message: JSONRPCMessage): RequestId | undefined {
  if (!("method" in message) || message.method !== "notifications/cancelled") return undefined;
  const id = message.params?.requestId;
  return typeof id === "string" || typeof id === "number" ? id : undefined;
}
