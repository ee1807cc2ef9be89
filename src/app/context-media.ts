/** Images and documents of a long conversation: how many of them still travel, and what the user is told of it. */
import { shareMedia, withLabels } from "../chat/context/media-share.ts";
import type { Message } from "../lib/conversation.ts";
import type { ModelRequest } from "../llm/port.ts";
import type { App } from "./app.ts";

export class CarriedMedia {
  readonly #app: App;
  /** A message that is labelled stays the same object, so that it is estimated once. */
  readonly #labelled = new WeakMap<Message, Message>();
  #told = 0;

  constructor(app: App) {
    this.#app = app;
  }

  /** The request as one can carry it; unchanged where it can. */
  within(request: ModelRequest): { request: ModelRequest; replaced: number } {
    const { messages, replaced } = shareMedia(request.messages, (message) => this.#label(message));
    return { request: replaced === 0 ? request : { ...request, messages }, replaced };
  }

  /** The first time as a warning, then when it is more than the last time. */
  tell(replaced: number): void {
    if (replaced <= this.#told) return;
    const which = replaced === 1 ? "the oldest is" : `the ${replaced} oldest are`;
    const text = `the images and documents of the conversation are more than a request carries: ${which} only named`;
    if (this.#told === 0) this.#app.notify("warn", `${text}; attach what is needed again`);
    else this.#app.notify("info", text);
    this.#told = replaced;
  }

  #label(message: Message): Message {
    const labelled = this.#labelled.get(message) ?? withLabels(message);
    this.#labelled.set(message, labelled);
    return labelled;
  }
}
