/** Puts the events of a stream together into the blocks of a message. Pure but for its own memory. */
import { type Block, NO_USAGE, type Usage } from "../lib/conversation.ts";
import type { ModelEvent } from "../llm/port.ts";

export class BlockCollector {
  readonly #blocks: Block[] = [];
  #usage: Usage = NO_USAGE;

  get blocks(): readonly Block[] {
    return this.#blocks;
  }

  get usage(): Usage {
    return this.#usage;
  }

  /** Takes an event in; true when the message has changed. */
  add(event: ModelEvent): boolean {
    if (event.type === "text") return this.#grow("text", event.text);
    if (event.type === "thinking") return this.#think(event.text, event.signature);
    if (event.type === "usage") this.#usage = event.usage;
    if (event.type !== "tool_call") return false;
    const { type, id, name, invalidArguments, extra } = event;
    this.#blocks.push({
      type,
      id,
      name,
      arguments: event.arguments,
      ...(invalidArguments !== undefined && { invalidArguments }),
      ...(extra && { extra }),
    });
    return true;
  }

  #grow(type: "text" | "thinking", text: string): boolean {
    if (text === "") return false;
    const last = this.#blocks.at(-1);
    if (last?.type === type && !(last.type === "thinking" && last.signature)) last.text += text;
    else this.#blocks.push({ type, text });
    return true;
  }

  /** A thought may come as a signature alone: withheld from us, but the provider wants it back. */
  #think(text: string, signature: string | undefined): boolean {
    const grown = this.#grow("thinking", text);
    if (signature === undefined) return grown;
    const last = this.#blocks.at(-1);
    if (last?.type === "thinking" && !last.signature) last.signature = signature;
    else this.#blocks.push({ type: "thinking", text: "", signature });
    return true;
  }
}
