/** mcpchat's request as a request to the process that runs models. Pure. */
import type { Block, Message } from "../../lib/conversation.ts";
import type { GenerateRequest, LoadOptions } from "../../models/port.ts";
import type { ModelRequest } from "../port.ts";
import { type Turn, transcriptOf } from "../transcript.ts";

/** Marks what came with a call of a local model: it goes back to local models alone. */
export const LOCAL_ORIGIN = "local";

/** A model's file, and how it is to be loaded. */
export interface LocalModel {
  /** Absolute. */
  path: string;
  load: LoadOptions;
}

/** The messages are in the order that every chat template takes, and a longer conversation begins as the shorter did. */
export function toGenerateRequest(request: ModelRequest, { path, load }: LocalModel): GenerateRequest {
  const { system, tools, temperature, sampling, maxTokens, stop, schema, conversation } = request;
  return {
    path,
    load,
    messages: transcriptOf(request.messages, "plain").map(toMessage),
    tools,
    sampling: { ...(temperature === undefined ? {} : { temperature }), ...sampling },
    ...(system ? { system } : {}),
    ...(maxTokens === undefined ? {} : { maxTokens }),
    ...(stop && stop.length > 0 ? { stop } : {}),
    ...(schema ? { schema } : {}),
    ...(conversation ? { conversation } : {}),
  };
}

function toMessage(turn: Turn): Message {
  if (turn.role === "assistant") return { role: "assistant", blocks: turn.blocks.map(ownExtra) };
  const texts = turn.texts.map((text): Block => ({ type: "text", text }));
  return { role: "user", blocks: [...turn.results, ...texts] };
}

function ownExtra(block: Block): Block {
  if (block.type !== "tool_call" || block.extra === undefined || block.extra.origin === LOCAL_ORIGIN)
    return block;
  const { extra: _, ...rest } = block;
  return rest;
}
