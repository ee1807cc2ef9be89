/**
 * The Messages API over Anthropic's SDK. Import this file when the first request is made. Only the base client is
 * used: loading it takes 1 ms, the whole SDK 3 ms; and `Messages.create` would write to the console about models
 * that are about to retire.
 */
import { BaseAnthropic } from "@anthropic-ai/sdk/client";
import { type AnswerReader, streamAnswer } from "../answer.ts";
import {
  type Connection,
  headersFor,
  isOfficial,
  NO_KEY,
  UNLIMITED_MS,
  withOwnHeaders,
} from "../connection.ts";
import type { Endpoint } from "../endpoint.ts";
import { askPlainerIfRefused } from "../plainer.ts";
import type { ModelEvent, ModelRequest } from "../port.ts";
import type { Fetch } from "../wire.ts";
import { messagesReader } from "./events.ts";
import { type MessagesCall, toMessagesRequest } from "./messages.ts";

export async function* streamMessages(
  endpoint: Endpoint,
  request: ModelRequest,
  connection: Connection,
): AsyncGenerator<ModelEvent> {
  const origin = isOfficial(endpoint) ? "" : connection.target.origin;
  const recipient = { cache: endpoint.cache, origin };
  const call = toMessagesRequest(request, recipient);
  for (const text of call.notices) yield { type: "notice", text };
  yield* askPlainerIfRefused({
    model: request.model,
    plain: connection.plain,
    // It finds some schemas too complex, and only it knows which.
    differs: call.body.output_config?.format !== undefined,
    ask: (inWords) => {
      const asked = inWords ? toMessagesRequest(request, { ...recipient, inWords }) : call;
      return send(endpoint, asked, connection, origin);
    },
  });
}

function send(
  endpoint: Endpoint,
  { body, betas }: MessagesCall,
  connection: Connection,
  origin: string,
): AsyncGenerator<ModelEvent> {
  const reader: AnswerReader = messagesReader(origin);
  const { signal } = connection;
  return streamAnswer({
    ...connection,
    reader,
    async open(fetch) {
      const answer = client(endpoint, fetch).post<AsyncIterable<unknown>>("/v1/messages", {
        body,
        signal,
        stream: true,
        ...(betas.length === 0 ? {} : { headers: betaHeader(endpoint, betas) }),
      });
      const { data, response } = await answer.withResponse();
      return { chunks: data, response };
    },
  });
}

/** Beside those that the user has configured. */
function betaHeader({ headers }: Endpoint, betas: readonly string[]): Record<string, string> {
  const own = Object.entries(headers).find(([name]) => name.toLowerCase() === "anthropic-beta")?.[1];
  return { "anthropic-beta": [...(own ? [own] : []), ...betas].join(",") };
}

/** One a request, as its `fetch` is; it costs 0.3 ms. */
function client(endpoint: Endpoint, fetch: Fetch): BaseAnthropic {
  return new BaseAnthropic({
    // Never null: the SDK would go and look for credentials by itself.
    apiKey: endpoint.apiKey ?? NO_KEY,
    baseURL: endpoint.baseUrl,
    maxRetries: 0,
    timeout: UNLIMITED_MS,
    logLevel: "off",
    openTelemetry: false,
    defaultHeaders: headersFor(endpoint),
    fetch: withOwnHeaders(fetch, endpoint),
  });
}
