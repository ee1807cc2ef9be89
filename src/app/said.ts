/** What the user says, as the blocks of a message; most of it is plain text, which needs nothing to be loaded. */
import type { Block } from "../lib/conversation.ts";
import type { App } from "./app.ts";
import type { AttachRequest } from "./attach.ts";
import { composeMessage } from "./message.ts";

/** Empty when there is nothing to send. Throws UserError for what cannot be attached. */
export async function readSaid(app: App, request: AttachRequest): Promise<Block[]> {
  const { prompt, files = [], stdin } = request;
  if (files.length > 0 || prompt.includes("@")) {
    const { readAttachmentsFor } = await import("./attach.ts");
    return readAttachmentsFor(app, request);
  }
  const piped = await stdin?.();
  const text = composeMessage({ prompt, files: [], ...(piped !== undefined && { stdin: piped }) });
  return text.trim() === "" ? [] : [{ type: "text", text }];
}
