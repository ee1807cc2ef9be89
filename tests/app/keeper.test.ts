/** What a run keeps of its requests: fit for the window of the model, within the limits of cost. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { createKeeper } from "../../src/app/keeper.ts";
import type { ChosenModel } from "../../src/app/model.ts";
import { estimateMessage } from "../../src/chat/context/estimate.ts";
import type { Message } from "../../src/lib/conversation.ts";
import type { ModelRequest, Provider } from "../../src/llm/port.ts";
import { type Rig, startRig } from "./rig.ts";

setDefaultTimeout(60_000);

const GPT4_WINDOW = 8192;
const chinese = (characters: number) => "你好世界".repeat(characters / 4);

function chosen(name: string, model: string): ChosenModel {
  const provider: Provider = {
    name,
    // biome-ignore lint/correctness/useYield: it is never asked.
    async *stream() {
      throw new Error("nobody is to be asked");
    },
  };
  return { provider, model, isDemo: false, isMakeshift: false };
}

function turns(count: number, text: string): ModelRequest {
  const turn = (): Message[] => [
    { role: "user", blocks: [{ type: "text", text }] },
    { role: "assistant", blocks: [{ type: "text", text: "Good." }] },
  ];
  const messages = Array.from({ length: count }, turn).flat().slice(0, -1);
  return { model: "gpt-4", messages, tools: [] };
}

const prepared = (rig: Rig, request: ModelRequest, model = chosen("openai", "gpt-4")) =>
  createKeeper(rig.app, rig.world.env).prepare(model, rig.app.signal)(request);
const tokensOf = ({ messages }: ModelRequest) =>
  messages.reduce((sum, message) => sum + estimateMessage(message), 0);

describe("a window that is small", () => {
  test("is kept to in every script: four turns of Chinese", async () => {
    await using rig = await startRig();
    const request = turns(4, chinese(2900));
    const sent = await prepared(rig, request);
    expect(tokensOf(request)).toBeGreaterThan(GPT4_WINDOW);
    expect(tokensOf(sent)).toBeLessThanOrEqual(GPT4_WINDOW);
    expect(sent.messages.at(-1)?.blocks).toEqual(
      expect.arrayContaining(request.messages.at(-1)?.blocks ?? []),
    );
    expect(rig.notices.join()).toContain("the window of openai/gpt-4 (8192 tokens)");
  });

  test("sends nothing whose last message alone is larger", async () => {
    await using rig = await startRig();
    const error = await prepared(rig, turns(4, chinese(11_600))).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: "too_long" });
  });

  test("is no matter for a short request", async () => {
    await using rig = await startRig();
    const request = turns(3, "How are you?");
    expect(await prepared(rig, request)).toBe(request);
  });
});

test("media are more than a request carries, whatever the window: the oldest are named, and the user is told", async () => {
  await using rig = await startRig();
  const image = {
    type: "media",
    mediaType: "image/png",
    data: "A".repeat(10_000_000),
    name: "a.png",
  } as const;
  const request = turns(3, "look");
  const messages = request.messages.map((message) =>
    message.role === "user" ? { ...message, blocks: [...message.blocks, image] } : message,
  );
  const keeper = createKeeper(rig.app, rig.world.env);
  const prepare = keeper.prepare(chosen("mine", "any"), rig.app.signal);
  const sent = await prepare({ ...request, messages });
  expect(sent.messages[0]?.blocks.at(-1)).toEqual({
    type: "text",
    text: "[a.png, image/png, 7500000 bytes]",
  });
  expect(sent.messages.slice(1)).toEqual(messages.slice(1));
  const again = await prepare({ ...request, messages });
  expect(again.messages[0]).toBe(sent.messages[0] as Message);
  expect(rig.notices).toEqual([
    "warn: the images and documents of the conversation are more than a request carries: the oldest is only named; attach what is needed again",
  ]);
});

test("the price of a model that may stand in counts", async () => {
  const priced = (model: string, price: number) =>
    `[models.settings."mine/${model}"]\ninput_price = 0\noutput_price = ${price}\n`;
  await using rig = await startRig({
    keys: 'fallback = ["spare"]\n',
    toml: `${priced("cheap", 1)}${priced("dear", 1000)}[models.aliases]\nspare = "mine/dear"\n[limits]\nper_run = 1\n`,
  });
  const sent = await prepared(rig, turns(1, "hello"), chosen("mine", "cheap"));
  expect(sent.maxTokens).toBe(1000);
});
