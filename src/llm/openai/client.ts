/**
 * The Chat Completions API over OpenAI's SDK, for OpenAI and every server that speaks it. Import this file when
 * the first request is made: loading the SDK takes 6 ms, and 1 ms in the executable, which holds only the client.
 */
import { OpenAI } from "openai/client";
import { streamAnswer } from "../answer.ts";
import {
  type Connection,
  headersFor,
  isOfficial,
  NO_KEY,
  UNLIMITED_MS,
  withOwnHeaders,
} from "../connection.ts";
import type { Endpoint } from "../endpoint.ts";
import type { ModelEvent, ModelRequest } from "../port.ts";
import type { Fetch } from "../wire.ts";
import { completionsReader } from "./events.ts";
import { toCompletionsRequest } from "./messages.ts";

export function streamCompletions(
  endpoint: Endpoint,
  request: ModelRequest,
  connection: Connection,
): AsyncGenerator<ModelEvent> {
  const thoughts = endpoint.name === "deepseek" ? "plain" : "none";
  const body = toCompletionsRequest(request, isOfficial(endpoint), connection.target.origin, thoughts);
  const { signal } = connection;
  return streamAnswer({
    ...connection,
    reader: completionsReader(undefined, connection.target.origin),
    async open(fetch) {
      const answer = client(endpoint, fetch).post<AsyncIterable<unknown>>("/chat/completions", {
        body,
        signal,
        stream: true,
      });
      const { data, response } = await answer.withResponse();
      return { chunks: data, response };
    },
  });
}

/** One a request, as its `fetch` is. */
function client(endpoint: Endpoint, fetch: Fetch): OpenAI {
  return new OpenAI({
    apiKey: endpoint.apiKey ?? NO_KEY,
    // Nulls, as the SDK would read the environment for what is left out.
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    baseURL: endpoint.baseUrl,
    maxRetries: 0,
    timeout: UNLIMITED_MS,
    logLevel: "off",
    defaultHeaders: headersFor(endpoint),
    fetch: withOwnHeaders(fetch, endpoint),
  });
}
