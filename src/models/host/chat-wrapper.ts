/**
 * How a model's chat template is spoken. The library compares the template with those that it knows well, all of them with
 * all their variants, which takes a second where none fits: that is not done where none can, nor done twice.
 */
import { createHash } from "node:crypto";
import fs from "node:fs";
import { join } from "node:path";
import type { ChatWrapper, LlamaModel } from "node-llama-cpp";
import { ensurePrivateFolder } from "../../lib/file.ts";
import type { Engine } from "./engine.ts";

/** Every format that the library knows has one of these in its templates. */
const MARKS: readonly string[] = [
  "<|im_start|>",
  "<|start_header_id|>",
  "[INST]",
  "<start_of_turn>",
  "<|turn>",
  "<|start|>",
  "<seed:",
  "<\uff5cUser\uff5c>",
  "<|from|>",
  "###",
  "Human",
  "User:",
  "Assistant:",
];

/** The format of a model's chats; the library's own rules where the file has no template. */
export function chatWrapperFor({ library, cacheFolder }: Engine, model: LlamaModel): ChatWrapper {
  const template = model.fileInfo.metadata.tokenizer?.chat_template;
  if (template === undefined) return library.resolveChatWrapper(model);
  const note = join(cacheFolder, "templates", createHash("sha256").update(template).digest("hex"));
  const ofItsOwn = !MARKS.some((mark) => template.includes(mark)) || fs.existsSync(note);
  if (ofItsOwn) return library.resolveChatWrapper(model, { type: "jinjaTemplate" });
  const wrapper = library.resolveChatWrapper(model);
  if (wrapper instanceof library.JinjaTemplateChatWrapper) remember(note);
  return wrapper;
}

/** It saves time, and nothing else. */
function remember(note: string): void {
  try {
    ensurePrivateFolder(join(note, ".."));
    fs.writeFileSync(note, "", { mode: 0o600 });
  } catch {
    // Found out again the next time.
  }
}
