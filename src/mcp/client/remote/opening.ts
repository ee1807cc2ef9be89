/** How a session is opened: the transport of the SDK that the configuration names, over our own wire. */
import type {
  AuthProvider,
  FetchLike,
  StreamableHTTPClientTransportOptions,
} from "@modelcontextprotocol/client";
import type { RemoteConfig } from "../config.ts";
import { type Below, type InnerOptions, InnerSession, type Make } from "./inner-session.ts";
import { RECONNECTION_OPTIONS } from "./reconnection.ts";
import { createWire } from "./wire.ts";

/** Prepares a session over the transport that the configuration names; it is not started. */
export async function openInnerSession(config: RemoteConfig, options: InnerOptions): Promise<InnerSession> {
  const sdk = await import("@modelcontextprotocol/client");
  const url = new URL(config.url);
  const ways = (below: Below, signal = options.closed) => waysOf(config, options, below, signal);
  const http = (more: StreamableHTTPClientTransportOptions) =>
    new sdk.StreamableHTTPClientTransport(url, {
      reconnectionOptions: RECONNECTION_OPTIONS,
      reconnectionScheduler: options.schedule,
      ...more,
    });
  if (config.transport === "sse") {
    const open = (below: Below) => new sdk.SSEClientTransport(url, ways(below));
    return new InnerSession({ open, part: async () => {} }, options);
  }
  const make: Make = {
    open: (below) => http(ways(below)),
    // A transport that is closed asks nothing any more, so that this takes another one.
    async part({ sessionId, protocolVersion }, signal) {
      if (sessionId === undefined) return;
      const known = { sessionId, ...(protocolVersion !== undefined && { protocolVersion }) };
      await http({ ...ways(DEAF, signal), ...known }).terminateSession();
    },
  };
  return new InnerSession(make, options);
}

const DEAF: Below = { onStream() {}, onWhole() {}, onThrown() {} };

function waysOf(
  config: RemoteConfig,
  options: InnerOptions,
  { onStream, onWhole, onThrown }: Below,
  signal: AbortSignal,
): { fetch: FetchLike; authProvider?: AuthProvider } {
  const { auth } = options;
  const wire = createWire({ ...options, config, onStream, onWhole, signal });
  const telling = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      onThrown(error);
      throw error;
    }
  };
  const watched = auth ? auth.watching(wire) : wire;
  const fetch: FetchLike = (input, init) => telling(watched(input, init));
  if (!auth) return { fetch };
  const authProvider: AuthProvider = {
    token: () => telling(auth.token()),
    onUnauthorized: (context) => telling(Promise.resolve(auth.onUnauthorized?.(context))),
  };
  return { fetch, authProvider };
}
