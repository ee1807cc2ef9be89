/** mcpchat's request as a request to the process that runs models. Pure. */
import { basename } from "node:path";
import type { Block, Message } from "../../lib/conversation.ts";
import type { GenerateRequest, LoadOptions } from "../../models/port.ts";
import type { ModelRequest } from "../port.ts";
import { type Turn, textsOf, transcriptOf } from "../transcript.ts";

/** Marks how a local model has spelled a call: it goes back to that model alone, as each has a syntax of its own. */
export function originOf({ path }: LocalModel): string {
  return `local:${basename(path)}`;
}

/** A model's file, and how it is to be loaded. */
export interface LocalModel {
  /** Absolute. */
  path: string;
  load: LoadOptions;
}

/** The messages are in the order that every chat template takes, and a longer conversation begins as the shorter did. */
export function toGenerateRequest(request: ModelRequest, model: LocalModel): GenerateRequest {
  const { path, load } = model;
  const { system, tools, temperature, sampling, maxTokens, stop, schema, conversation } = request;
  return {
    path,
    load,
    messages: transcriptOf(request.messages, "plain").map((turn) => toMessage(turn, originOf(model))),
    tools,
    sampling: { ...(temperature === undefined ? {} : { temperature }), ...sampling },
    ...(system ? { system } : {}),
    ...(maxTokens === undefined ? {} : { maxTokens }),
    ...(stop && stop.length > 0 ? { stop } : {}),
    ...(schema ? { schema } : {}),
    ...(conversation ? { conversation } : {}),
  };
}

function toMessage(turn: Turn, origin: string): Message {
  if (turn.role === "assistant")
    return { role: "assistant", blocks: turn.blocks.map((block) => ownExtra(block, origin)) };
  const texts = textsOf(turn.parts).map((text): Block => ({ type: "text", text }));
  // The text of a result names its media.
  const results = turn.results.map(({ media: _, ...result }): Block => result);
  return { role: "user", blocks: [...results, ...texts] };
}

function ownExtra(block: Block, origin: string): Block {
  if (block.type !== "tool_call" || block.extra === undefined || block.extra.origin === origin) return block;
  const { extra: _, ...rest } = block;
  return rest;
}

/** Whether there is something in the conversation that a model of text can only be told the names of. */
export function holdsMedia({ messages }: ModelRequest): boolean {
  return messages.some(({ blocks }) =>
    blocks.some(
      (block) => block.type === "media" || (block.type === "tool_result" && (block.media?.length ?? 0) > 0),
    ),
  );
}
