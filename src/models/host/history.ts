/** A conversation in the library's words. Pure. */
import type { ChatHistoryItem, ChatModelFunctionCall, ChatModelResponse } from "node-llama-cpp";
import type { Block, Message } from "../../lib/conversation.ts";

/** A call whose result never came, as mcpchat was ended in between. */
const NO_RESULT = "Error: the call was interrupted; there is no result.";

/**
 * The history of a chat: results of tools lie with their calls, and what the model says after them goes on with the
 * same response.
 */
export function historyOf(system: string | undefined, messages: readonly Message[]): ChatHistoryItem[] {
  const items: ChatHistoryItem[] = system === undefined ? [] : [{ type: "system", text: system }];
  const results = resultsOf(messages);
  for (const { role, blocks } of messages) {
    if (role === "user") addUser(items, blocks);
    else lastResponse(items).push(...responseOf(blocks, results));
  }
  if (items.at(-1)?.type !== "model") items.push({ type: "model", response: [] });
  return items;
}

function resultsOf(messages: readonly Message[]): ReadonlyMap<string, string> {
  const results = new Map<string, string>();
  for (const block of messages.flatMap(({ blocks }) => blocks)) {
    if (block.type !== "tool_result") continue;
    results.set(block.callId, block.isError ? `Error: ${block.content}` : block.content);
  }
  return results;
}

function addUser(items: ChatHistoryItem[], blocks: readonly Block[]): void {
  const text = blocks.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("\n\n");
  const last = items.at(-1);
  // A message of results alone is no turn of the user.
  if (text === "") return;
  if (last?.type === "user") items[items.length - 1] = { type: "user", text: `${last.text}\n\n${text}` };
  else items.push({ type: "user", text });
}

/** The response that the model is in the middle of, or a new one. */
function lastResponse(items: ChatHistoryItem[]): ChatModelResponse["response"] {
  const last = items.at(-1);
  if (last?.type === "model") return last.response;
  const response: ChatModelResponse["response"] = [];
  items.push({ type: "model", response });
  return response;
}

function responseOf(
  blocks: readonly Block[],
  results: ReadonlyMap<string, string>,
): ChatModelResponse["response"] {
  let first = true;
  return blocks.flatMap((block): ChatModelResponse["response"] => {
    if (block.type === "text") return [block.text];
    if (block.type === "thinking") {
      return [{ type: "segment", segmentType: "thought", text: block.text, ended: true }];
    }
    if (block.type !== "tool_call") return [];
    const call = callOf(block, results.get(block.id) ?? NO_RESULT, first);
    first = false;
    return [call];
  });
}

function callOf(
  block: Block & { type: "tool_call" },
  result: string,
  startsNewChunk: boolean,
): ChatModelFunctionCall {
  const { name, arguments: params, extra } = block;
  const raw = extra?.content.raw;
  return {
    type: "functionCall",
    name,
    params,
    result,
    startsNewChunk,
    // What the library gave us, and we kept: it spells the call as the model did.
    ...(raw !== undefined && { rawCall: raw as NonNullable<ChatModelFunctionCall["rawCall"]> }),
  };
}
