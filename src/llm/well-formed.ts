import type { ModelRequest } from "./port.ts";

/**
 * The request with nothing in it that is not Unicode: half of a surrogate pair, which a careless program leaves where
 * it cuts a text, is no character, and providers refuse the whole request for it. Once it is in a conversation, every
 * later request would be refused too.
 */
export function wellFormedRequest(request: ModelRequest): ModelRequest {
  // Strings stay strings and everything else stays as it is, so the shape does too.
  return wellFormed(request) as ModelRequest;
}

function wellFormed(value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(wellFormed);
  const entries = Object.entries(value).map(([key, member]) => [key.toWellFormed(), wellFormed(member)]);
  return Object.fromEntries(entries);
}
