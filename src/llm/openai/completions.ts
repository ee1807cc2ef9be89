/** The Chat Completions API, which nearly every server speaks. Import this file when the first request is made. */
import type { Connection } from "../connection.ts";
import type { Endpoint } from "../endpoint.ts";
import { askPlainerIfRefused } from "../plainer.ts";
import type { ModelEvent, ModelRequest } from "../port.ts";
import { streamPost } from "./client.ts";
import { thoughtlessLine } from "./effort.ts";
import { completionsReader } from "./events.ts";
import { toCompletionsRequest } from "./messages.ts";

export async function* streamCompletions(
  endpoint: Endpoint,
  request: ModelRequest,
  connection: Connection,
): AsyncGenerator<ModelEvent> {
  const { quirks } = endpoint;
  const { origin } = connection.target;
  const thoughtless = quirks.effort === "openai" ? thoughtlessLine(request.model, request.effort) : undefined;
  if (thoughtless !== undefined) yield { type: "notice", text: thoughtless };
  yield* askPlainerIfRefused({
    model: request.model,
    plain: connection.plain,
    differs: request.schema !== undefined,
    ask: (isPlain) =>
      streamPost(endpoint, connection, {
        path: "/chat/completions",
        body: toCompletionsRequest(request, { quirks, origin, isPlain }),
        reader: completionsReader(undefined, { origin, quirks }),
      }),
  });
}
