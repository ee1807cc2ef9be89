/**
 * The Messages API over Anthropic's SDK. Import this file when the first request is made. Only the base client is
 * used: loading it takes 1 ms, the whole SDK 3 ms; and `Messages.create` would write to the console about models
 * that are about to retire.
 */
import { BaseAnthropic } from "@anthropic-ai/sdk/client";
import { type AnswerReader, streamAnswer } from "../answer.ts";
import { type Connection, headersFor, NO_KEY, UNLIMITED_MS, withOwnHeaders } from "../connection.ts";
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
      const answer = client(endpoint, fetch).post<AsyncIterable<unknown>>("/v1/messages", {
        body,
        signal,
        stream: true,
      });
      const { data, response } = await answer.withResponse();
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
    fetch: withOwnHeaders(fetch, endpoint),
  });
}
