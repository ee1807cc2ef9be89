/** How much of images and documents one request carries: providers bound its bytes, whatever its tokens. Pure. */
import { type Block, type Message, mediaLabel } from "../../lib/conversation.ts";
import { turnStarts } from "./turns.ts";

/** Characters of base64 in a request. Anthropic takes 32 MB in all: there has to be room for what is said. */
export const MOST_MEDIA = 24_000_000;
/** As long as all of it belongs to the last turn: what the user has just attached is what they ask about. */
export const MOST_LATEST_MEDIA = 31_000_000;

export interface MediaShare {
  /** The same array where nothing was replaced. */
  messages: readonly Message[];
  /** Images and documents of which only the label is left. */
  replaced: number;
}

/**
 * The messages with the oldest media replaced by their labels once all of them are too much. Those of one message stay
 * together, and those of the newest message that has any always stay. `label` is what does it.
 */
export function shareMedia(
  messages: readonly Message[],
  label: (message: Message) => Message = withLabels,
): MediaShare {
  const lastTurn = turnStarts(messages).at(-1) ?? 0;
  let total = 0;
  for (let index = messages.length - 1; index >= 0; index--) {
    const size = sizesIn(messages[index]).reduce((sum, one) => sum + one, 0);
    const most = index >= lastTurn ? MOST_LATEST_MEDIA : MOST_MEDIA;
    if (size > 0 && total > 0 && total + size > most) return labelledUntil(messages, index, label);
    total += size;
  }
  return { messages, replaced: 0 };
}

function labelledUntil(
  messages: readonly Message[],
  last: number,
  label: (message: Message) => Message,
): MediaShare {
  const old = messages.slice(0, last + 1);
  const replaced = old.reduce((sum, message) => sum + sizesIn(message).length, 0);
  const labelled = old.map((message) => (sizesIn(message).length > 0 ? label(message) : message));
  return { messages: [...labelled, ...messages.slice(last + 1)], replaced };
}

function sizesIn(message: Message | undefined): number[] {
  return (message?.blocks ?? []).flatMap((block) => {
    if (block.type === "media") return [block.data.length];
    return block.type === "tool_result" ? (block.media ?? []).map(({ data }) => data.length) : [];
  });
}

/** A result names its media in its text already. */
export function withLabels(message: Message): Message {
  const blocks = message.blocks.map((block): Block => {
    if (block.type === "media") return { type: "text", text: mediaLabel(block) };
    if (block.type !== "tool_result") return block;
    const { media: _, ...words } = block;
    return words;
  });
  return { ...message, blocks };
}
