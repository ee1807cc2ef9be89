/**
 * The Messages API over Anthropic's SDK. Import this file when the first request is made: only the base client
 * and the one resource are used, which costs a third of the whole SDK.
 */
import { BaseAnthropic } from "@anthropic-ai/sdk/client";
import { Messages } from "@anthropic-ai/sdk/resources/messages";
import { type AnswerReader, streamAnswer } from "../answer.ts";
import { type Connection, headersFor, NO_KEY, UNLIMITED_MS } from "../connection.ts";
import type { Endpoint } from "../endpoint.ts";
import type { ModelEvent, ModelRequest } from "../port.ts";
import type { Fetch } from "../wire.ts";
import { messagesReader } from "./events.ts";
import { toMessagesRequest } from "./messages.ts";

export function streamMessages(
  endpoint: Endpoint,
  request: ModelRequest,
  connection: Connection,
): AsyncGenerator<ModelEvent> {
  const body = toMessagesRequest(request);
  const reader: AnswerReader = messagesReader();
  const { signal } = connection;
  return streamAnswer({
    ...connection,
    reader,
    async open(fetch) {
      const messages = new Messages(client(endpoint, fetch));
      const { data, response } = await messages.create(body, { signal }).withResponse();
      return { chunks: data, response };
    },
  });
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
    fetch,
  });
}
