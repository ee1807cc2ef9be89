import type { Connection } from "./connection.ts";
import type { Endpoint } from "./endpoint.ts";
import type { ModelEvent, ModelRequest, Provider } from "./port.ts";
import { proxyFor } from "./proxy.ts";
import { type Environment, type ProviderSettings, resolveEndpoint } from "./settings.ts";
import { unmappedLines } from "./unmapped.ts";
import { wellFormedRequest } from "./well-formed.ts";
import type { Fetch } from "./wire.ts";

export interface ProviderDependencies {
  /** The pooled `fetch` for an origin, such as `https://api.openai.com`; asked for at each request. */
  fetch: (origin: string) => Fetch;
  env: Environment;
  /** Models at this address that turned out to take only plainer requests: kept by who outlives the provider. */
  plain?: () => Promise<Set<string>>;
  /** Milliseconds since the Unix epoch. */
  wall?: () => number;
}

/**
 * A provider as configured, not guarded yet. Its SDK is loaded with the first request. Throws ConfigurationError
 * at once when the settings cannot work.
 */
export function createProvider(settings: ProviderSettings, dependencies: ProviderDependencies): Provider {
  const endpoint = resolveEndpoint(settings, dependencies.env);
  const own = new Set<string>();
  const { plain = async () => own } = dependencies;
  return {
    name: endpoint.name,
    async *stream(request, signal, alive = () => {}) {
      const connection = connect(endpoint, dependencies, { request, signal, alive });
      yield* open(endpoint, wellFormedRequest(request), { ...connection, plain: await plain() });
    },
  };
}

function connect(
  { name, baseUrl, apiKey, keyVariable }: Endpoint,
  { fetch, env, wall = Date.now }: ProviderDependencies,
  { request, signal, alive }: { request: ModelRequest; signal: AbortSignal; alive: () => void },
): Omit<Connection, "plain"> {
  const { origin } = new URL(baseUrl);
  const proxy = proxyFor(origin, env);
  const target = {
    provider: name,
    model: request.model,
    origin,
    ...(proxy ? { proxy } : {}),
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
