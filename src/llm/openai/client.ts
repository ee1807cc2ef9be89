/**
 * One request over OpenAI's SDK, for OpenAI and every server that speaks one of its APIs. Import it when the first
 * request is made: loading the SDK takes 6 ms, and 1 ms in the executable, which holds only the client.
 */
import { OpenAI } from "openai/client";
import { type AnswerReader, streamAnswer } from "../answer.ts";
import { type Connection, headersFor, NO_KEY, UNLIMITED_MS, withOwnHeaders } from "../connection.ts";
import type { Endpoint } from "../endpoint.ts";
import type { ModelEvent } from "../port.ts";
import type { Fetch } from "../wire.ts";

export interface Post {
  path: "/chat/completions" | "/responses";
  body: object;
  reader: AnswerReader;
}

export function streamPost(
  endpoint: Endpoint,
  connection: Connection,
  { path, body, reader }: Post,
): AsyncGenerator<ModelEvent> {
  const { signal } = connection;
  return streamAnswer({
    ...connection,
    reader,
    async open(fetch) {
      const answer = client(endpoint, fetch).post<AsyncIterable<unknown>>(path, {
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
