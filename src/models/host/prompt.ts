/** What a model is sent: the conversation, as far as its context has room for it. */
import type { ChatHistoryItem, ChatModelFunctions } from "node-llama-cpp";
import type { GenerateEvent, GenerateRequest } from "../port.ts";
import { ModelError } from "../problem.ts";
import { type Fit, fitHistory } from "./fit.ts";
import { historyOf } from "./history.ts";
import type { Loaded } from "./loaded.ts";

/** The history as far as it fits, and its tokens. Throws ModelError `too_long`. */
export function fitPrompt(
  { chat, model, conversation, about: { contextSize } }: Loaded,
  { system, messages, maxTokens }: GenerateRequest,
  availableFunctions: ChatModelFunctions | undefined,
  emit: (event: GenerateEvent) => void,
): Fit {
  const count = (chatHistory: readonly ChatHistoryItem[]) =>
    chat.chatWrapper
      .generateContextState({ chatHistory, ...(availableFunctions && { availableFunctions }) })
      .contextText.tokenize(model.tokenizer).length;
  const fit = fitHistory(historyOf(system, messages), {
    contextSize,
    dropped: conversation.dropped,
    count,
    ...(maxTokens !== undefined && { answer: maxTokens }),
  });
  if (!fit) {
    throw new ModelError({
      code: "too_long",
      message: `what is to be sent does not fit into the model's context of ${contextSize} tokens`,
      advice: "raise models.context_size, or send less",
    });
  }
  // Not silently: what the model no longer sees, it answers as if it had never been said.
  if (fit.dropped > conversation.dropped) emit({ type: "notice", text: LEFT_OUT });
  conversation.dropped = fit.dropped;
  return fit;
}

const LEFT_OUT =
  "the conversation is longer than the model's context: its oldest part is left out; raise models.context_size";
