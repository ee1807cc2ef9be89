/** The Responses API, which OpenAI itself speaks best. Import this file when the first request is made. */
import type { Connection } from "../connection.ts";
import type { Endpoint } from "../endpoint.ts";
import { askPlainerIfRefused } from "../plainer.ts";
import type { ModelEvent, ModelRequest } from "../port.ts";
import { streamPost } from "./client.ts";
import { thoughtlessLine } from "./effort.ts";
import { responsesReader } from "./responses-events.ts";
import { hasPlainer, toResponsesRequest } from "./responses-messages.ts";

export async function* streamResponses(
  endpoint: Endpoint,
  request: ModelRequest,
  connection: Connection,
): AsyncGenerator<ModelEvent> {
  const { origin } = connection.target;
  const { cache } = endpoint;
  const thoughtless = thoughtlessLine(request.model, request.effort);
  if (thoughtless !== undefined) yield { type: "notice", text: thoughtless };
  yield* askPlainerIfRefused({
    model: request.model,
    plain: connection.plain,
    differs: hasPlainer(request, origin),
    ask: (isPlain) =>
      streamPost(endpoint, connection, {
        path: "/responses",
        body: toResponsesRequest(request, { origin, cache, isPlain }),
        reader: responsesReader(origin),
      }),
  });
}
