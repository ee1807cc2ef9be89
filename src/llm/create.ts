import type { Connection } from "./connection.ts";
import type { Endpoint } from "./endpoint.ts";
import type { ModelEvent, ModelRequest, Provider } from "./port.ts";
import { type Environment, type ProviderSettings, resolveEndpoint } from "./settings.ts";
import { unmappedLines } from "./unmapped.ts";
import { wellFormedRequest } from "./well-formed.ts";
import type { Fetch } from "./wire.ts";

export interface ProviderDependencies {
  /** The pooled `fetch` for an origin, such as `https://api.openai.com`; asked for at each request. */
  fetch: (origin: string) => Fetch;
  env: Environment;
  /** Milliseconds since the Unix epoch. */
  wall?: () => number;
}

/**
 * A provider as configured, not guarded yet. Its SDK is loaded with the first request. Throws ConfigurationError
 * at once when the settings cannot work.
 */
export function createProvider(settings: ProviderSettings, dependencies: ProviderDependencies): Provider {
  const endpoint = resolveEndpoint(settings, dependencies.env);
  const plain = new Set<string>();
  const told = new Set<string>();
  return {
    name: endpoint.name,
    stream(request, signal, alive = () => {}) {
      const connection = { ...connect(endpoint, dependencies, { request, signal, alive }), plain };
      return tellOnce(open(endpoint, wellFormedRequest(request), connection), told);
    },
  };
}

/** A conversation asks again and again, and what a provider does not take is no news the second time. */
async function* tellOnce(events: AsyncIterable<ModelEvent>, told: Set<string>): AsyncGenerator<ModelEvent> {
  for await (const event of events) {
    if (event.type === "notice" && told.has(event.text)) continue;
    if (event.type === "notice") told.add(event.text);
    yield event;
  }
}

function connect(
  { name, baseUrl, apiKey, keyVariable }: Endpoint,
  { fetch, wall = Date.now }: ProviderDependencies,
  { request, signal, alive }: { request: ModelRequest; signal: AbortSignal; alive: () => void },
): Omit<Connection, "plain"> {
  const { origin } = new URL(baseUrl);
  const target = {
    provider: name,
    model: request.model,
    origin,
    ...(keyVariable ? { keyVariable } : {}),
    ...(apiKey ? { apiKey } : {}),
  };
  return { target, fetch: fetch(origin), signal, alive, wall };
}

async function* open(
  endpoint: Endpoint,
  request: ModelRequest,
  connection: Connection,
): AsyncGenerator<ModelEvent> {
  for (const text of unmappedLines(endpoint, request)) yield { type: "notice", text };
  if (endpoint.kind === "anthropic") {
    const { streamMessages } = await import("./anthropic/client.ts");
    yield* streamMessages(endpoint, request, connection);
  } else if (endpoint.api === "responses") {
    const { streamResponses } = await import("./openai/responses.ts");
    yield* streamResponses(endpoint, request, connection);
  } else {
    const { streamCompletions } = await import("./openai/completions.ts");
    yield* streamCompletions(endpoint, request, connection);
  }
}
