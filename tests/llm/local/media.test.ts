/** Models inside the executable read text alone. */
import { expect, test } from "bun:test";
import type { Message } from "../../../src/lib/conversation.ts";
import { createLocalProvider } from "../../../src/llm/local/client.ts";
import { gather, requestOf, user } from "../ask.ts";
import { ScriptedModels } from "./scripted-models.ts";

const PNG = { mediaType: "image/png", data: "iVBORw0KGgo=", name: "a.png" };

function ask(models: ScriptedModels, messages: Message[]) {
  const model = { path: "/models/m.gguf", load: { threads: 2, acceleration: "auto" } } as const;
  const provider = createLocalProvider({ models: () => models, resolve: () => model });
  return gather(provider.stream(requestOf({ messages, model: "m" }), new AbortController().signal));
}

test("images are told by their names, which the user hears", async () => {
  const models = new ScriptedModels([{ type: "done", stopReason: "end" }]);
  const events = await ask(models, [
    {
      role: "user",
      blocks: [
        { type: "text", text: "look" },
        { type: "media", ...PNG },
      ],
    },
    { role: "assistant", blocks: [{ type: "tool_call", id: "1", name: "shoot", arguments: {} }] },
    {
      role: "user",
      blocks: [{ type: "tool_result", callId: "1", content: "[image]", isError: false, media: [PNG] }],
    },
  ]);
  expect(events).toEqual([
    { type: "notice", text: "m reads text alone: of images and PDFs it is told the names" },
    { type: "done", stopReason: "end" },
  ]);
  const sent = JSON.stringify(models.requests);
  expect(sent).not.toContain(PNG.data);
  expect(sent).toContain("[a.png, image/png, 8 bytes]");
});

test("a conversation of text goes without a word about it", async () => {
  const models = new ScriptedModels([{ type: "done", stopReason: "end" }]);
  expect(await ask(models, [user("hello")])).toEqual([{ type: "done", stopReason: "end" }]);
});
