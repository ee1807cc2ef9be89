/** Readies a client to answer what its server asks of us, and what it tells us unasked. */
import type { Client, ClientCapabilities } from "@modelcontextprotocol/client";
import { type Clock, systemClock } from "../../../lib/clock.ts";
import type { ServerConfig } from "../config.ts";
import type { Standstill } from "../session/standstill.ts";
import { Allowance, type Rate } from "./allowance.ts";
import type { Counterpart } from "./counterpart.ts";
import { createElicitation } from "./elicitation.ts";
import { logEntryOf, startLogging } from "./logging.ts";
import { ModelTime, type TimeRate } from "./model-time.ts";
import { rootsOf } from "./roots.ts";
import { createSampling } from "./sampling.ts";

export type Prepare = (config: ServerConfig, client: Client, still: Standstill) => Promise<Prepared>;

/** What a connection has of its answers, beside the handlers. */
export interface Prepared {
  /** To be called after the handshake, and whenever the server has begun the session anew. */
  greeted(): Promise<void>;
  /** What goes with each request for a tool; undefined before the handshake, and in the older era. */
  meta(): Record<string, string> | undefined;
  /**
   * Has the person visit the addresses without which a server refuses a request (-32042). Returns what the model is
   * told instead of the failure; undefined for any other failure. Rejects with the signal's reason.
   */
  visit(error: unknown, signal: AbortSignal): Promise<string | undefined>;
}

const MINUTE_MS = 60_000;
/** What one server may ask; beyond that it hears no. */
const QUESTIONS: readonly Rate[] = [{ most: 10, withinMs: MINUTE_MS }];
/** The second one is for the bill of who goes on for long. */
const SAMPLINGS: readonly Rate[] = [
  { most: 20, withinMs: MINUTE_MS },
  { most: 100, withinMs: 60 * MINUTE_MS },
];
/** The limits of calls stand still while the model answers, for so long: else a server could have them never end. */
const MODEL_TIME: TimeRate = { mostMs: 10 * MINUTE_MS, withinMs: 60 * MINUTE_MS };

/** What one server may still ask of us; it outlives its connections, which a server can end when it likes. */
export interface Allowances {
  questions: Allowance;
  samplings: Allowance;
  modelTime: ModelTime;
}

/** One for all servers of a host: what a server was asked for is counted across its connections. */
export function createPrepare(counterpart: Counterpart, clock: Clock = systemClock): Prepare {
  const allowances = new Map<string, Allowances>();
  const allowancesOf = (server: string): Allowances => {
    const known = allowances.get(server) ?? {
      questions: new Allowance(clock, ...QUESTIONS),
      samplings: new Allowance(clock, ...SAMPLINGS),
      modelTime: new ModelTime(clock, MODEL_TIME),
    };
    allowances.set(server, known);
    return known;
  };
  return async (config, client, still) => {
    const { name } = config;
    const { ProtocolError, ProtocolErrorCode, UrlElicitationRequiredError, isSpecType } = await import(
      "@modelcontextprotocol/client"
    );
    const sdk = { ProtocolError, ProtocolErrorCode, UrlElicitationRequiredError };
    const surroundings = { server: name, counterpart, still, sdk, ...allowancesOf(name) };
    const elicitation = createElicitation(surroundings);
    const sample = createSampling(surroundings);
    const { sampling, elicitation: asksPerson } = declareAnswers(client, config, counterpart);
    client.setRequestHandler("roots/list", () => ({ roots: rootsOf(counterpart.roots(name)) }));
    if (sampling) {
      client.setRequestHandler("sampling/createMessage", ({ params }, { mcpReq }) =>
        sample(params, mcpReq.signal),
      );
    }
    if (asksPerson) {
      client.setRequestHandler("elicitation/create", ({ params }, { mcpReq }) =>
        elicitation.ask(params, mcpReq.signal),
      );
    }
    // Whoever asks what we have not offered to answer hears why not, and so does the user.
    client.fallbackRequestHandler = async (request, { mcpReq }) => {
      if (isSpecType.CreateMessageRequest(request)) return sample(request.params, mcpReq.signal);
      if (isSpecType.ElicitRequest(request)) return elicitation.ask(request.params, mcpReq.signal);
      throw new ProtocolError(ProtocolErrorCode.MethodNotFound, "Method not found");
    };
    client.setNotificationHandler("notifications/elicitation/complete", ({ params }) =>
      elicitation.completed(params.elicitationId),
    );
    client.setNotificationHandler("notifications/message", ({ params }) =>
      counterpart.log(name, logEntryOf(params)),
    );
    let follows = false;
    return {
      async greeted() {
        if (!follows) followRoots(client, name, counterpart);
        follows = true;
        // Only this belongs to a session; the rest, to the connection.
        await startLogging(client, config);
      },
      meta: () => levelMeta(client, config),
      visit: (error, signal) => elicitation.visit(error, signal),
    };
  };
}

/**
 * Tells the server what it may ask: one that knows that nobody would answer does something else instead. The SDK
 * takes handlers for what is declared only.
 */
function declareAnswers(client: Client, config: ServerConfig, counterpart: Counterpart): ClientCapabilities {
  const person = counterpart.hasPerson();
  const model = config.sampling === "allow" || (config.sampling === "ask" && person);
  const capabilities: ClientCapabilities = {
    roots: { listChanged: true },
    ...(model && { sampling: { tools: {} } }),
    ...(person && { elicitation: { form: { applyDefaults: true }, url: {} } }),
  };
  client.registerCapabilities(capabilities);
  return capabilities;
}

const LOG_LEVEL_KEY = "io.modelcontextprotocol/logLevel";

/** In the modern era a server logs nothing but for a request that asks for it. */
function levelMeta(client: Client, { logLevel }: ServerConfig): Record<string, string> | undefined {
  return logLevel && client.getProtocolEra() === "modern" ? { [LOG_LEVEL_KEY]: logLevel } : undefined;
}

/** In the modern era a server asks for the roots when it needs them, and is told nothing. */
function followRoots(client: Client, server: string, counterpart: Counterpart): void {
  if (client.getProtocolEra() !== "legacy") return;
  const forget = counterpart.onRootsChange(server, () => {
    // A session that is just ending needs no news.
    client.sendRootsListChanged().catch(() => {});
  });
  const before = client.onclose;
  client.onclose = () => {
    forget();
    before?.();
  };
}
