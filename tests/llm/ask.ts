/** What the tests of providers have in common: both wires against one server, and events gathered. */

import type { Message } from "../../src/lib/conversation.ts";
import { createProvider } from "../../src/llm/create.ts";
import type { ProviderError } from "../../src/llm/errors.ts";
import type { ModelEvent, ModelRequest, Provider } from "../../src/llm/port.ts";
import type { Fetch } from "../../src/llm/wire.ts";
import type { Wire } from "../fixtures/model-server/record.ts";
import type { Script } from "../fixtures/model-server/script.ts";
import {
  type ModelServer,
  type ModelServerOptions,
  startModelServer,
} from "../fixtures/model-server/server.ts";

export const WIRES: readonly Wire[] = ["anthropic", "openai"];
export const KEY = "test-key-1234";

export function user(text: string): Message {
  return { role: "user", blocks: [{ type: "text", text }] };
}

export function requestOf(more: Partial<ModelRequest> = {}): ModelRequest {
  return { model: "loopback", messages: [user("hello")], tools: [], ...more };
}

export const pooled = (): Fetch => (input, init) => fetch(input, init);

export function providerAt(wire: Wire, server: Pick<ModelServer, "url" | "openaiUrl">, key = KEY): Provider {
  const baseUrl = wire === "anthropic" ? server.url : server.openaiUrl;
  return createProvider({ name: wire, kind: wire, baseUrl, apiKey: key }, { fetch: pooled, env: {} });
}

/** A provider whose network is a function: for what no server needs to be there for. */
export function providerOver(wire: Wire, network: Fetch): Provider {
  const settings = { name: wire, kind: wire, baseUrl: "http://loopback.test/v1", apiKey: KEY };
  return createProvider(settings, { fetch: () => network, env: {} });
}

export async function gather(events: AsyncIterable<ModelEvent>): Promise<ModelEvent[]> {
  const gathered: ModelEvent[] = [];
  for await (const event of events) gathered.push(event);
  return gathered;
}

export function ask(provider: Provider, request = requestOf()): Promise<ModelEvent[]> {
  return gather(provider.stream(request, new AbortController().signal));
}

export function textOf(events: readonly ModelEvent[]): string {
  return events.map((event) => (event.type === "text" ? event.text : "")).join("");
}

/** The error of a stream that failed; a stream that did not is a failed test. */
export function failureOf(events: readonly ModelEvent[]): ProviderError {
  const last = events.at(-1);
  if (last?.type !== "failed") throw new Error(`not failed: ${JSON.stringify(last)}`);
  return last.error;
}

/** Lends a server that follows the script, and wants the key. */
export async function serving<T>(
  script: Script,
  use: (server: ModelServer) => Promise<T>,
  options: ModelServerOptions = {},
): Promise<T> {
  const server = startModelServer(script, { apiKey: KEY, ...options });
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}
