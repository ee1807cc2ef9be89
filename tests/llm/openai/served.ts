/** A server on loopback that answers a request to a model with whatever a test says, and keeps what it was asked. */
import { createProvider } from "../../../src/llm/create.ts";
import type { Provider } from "../../../src/llm/port.ts";
import type { ProviderSettings } from "../../../src/llm/settings.ts";
import { KEY, pooled } from "../ask.ts";

// biome-ignore lint/suspicious/noExplicitAny: the body is whatever was sent; tests look into it freely.
type Body = any;

export interface Served {
  provider: Provider;
  bodies: Body[];
  paths: string[];
}

export async function served<T>(
  settings: ProviderSettings,
  answer: (body: Body, index: number) => Response,
  use: (served: Served) => Promise<T>,
): Promise<T> {
  const bodies: Body[] = [];
  const paths: string[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      paths.push(new URL(request.url).pathname);
      bodies.push(await request.json());
      return answer(bodies.at(-1), bodies.length - 1);
    },
  });
  const baseUrl = `http://127.0.0.1:${server.port}/v1`;
  const provider = createProvider({ apiKey: KEY, baseUrl, ...settings }, { fetch: pooled, env: {} });
  try {
    return await use({ provider, bodies, paths });
  } finally {
    await server.stop(true);
  }
}

/** A stream of events; a string is sent as it is. */
export function streamed(...events: readonly (object | string)[]): Response {
  const frames = events.map((event) => {
    if (typeof event === "string") return event;
    const name = "type" in event ? `event: ${event.type}\n` : "";
    return `${name}data: ${JSON.stringify(event)}\n\n`;
  });
  return new Response(frames.join(""), { headers: { "content-type": "text/event-stream" } });
}

export function refused(message: string, status = 400): Response {
  return Response.json(
    { error: { message, type: "invalid_request_error", param: null, code: null } },
    { status },
  );
}
