/** Anthropic's API demands a limit for the answer: what a run sends, and what it keeps free of the window for it. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { Windows } from "../../src/app/context-window.ts";
import { openModel } from "../../src/app/model.ts";
import { startRig } from "./rig.ts";

setDefaultTimeout(60_000);

const anthropic = (name: string, contextWindow: number) =>
  `kind = "anthropic"\n[models.settings."loop/${name}"]\ncontext_window = ${contextWindow}\n`;

test.each([
  [9000, 3000],
  [32_000, 8192],
])("a server with a window of %d is sent a limit of %d", async (contextWindow, limit) => {
  await using rig = await startRig({ toml: anthropic("hello", contextWindow) });
  expect((await rig.ask("hello")).error).toBeUndefined();
  expect(rig.model.requests[0]?.body.max_tokens).toBe(limit);
});

test.each(["hello", "claude-sonnet-4-20250514"])(
  "what %s is sent is what is kept for its answer",
  async (model) => {
    await using rig = await startRig({ model, toml: anthropic(model, 200_000) });
    await rig.ask("hello");
    const chosen = await openModel(rig.app, rig.world.env);
    const configuration = (await rig.app.services.need("config")).current();
    const window = await new Windows(rig.app, rig.world.env).of(chosen, configuration, 0);
    expect(window?.mostReserved).toBe(rig.model.requests[0]?.body.max_tokens);
  },
);

test("half is kept for a model whose answer ends with the window instead of being refused", async () => {
  const model = "claude-sonnet-4-5";
  await using rig = await startRig({ model, toml: anthropic(model, 200_000) });
  await rig.ask("hello");
  expect(rig.model.requests[0]?.body.max_tokens).toBe(64_000);
  const chosen = await openModel(rig.app, rig.world.env);
  const configuration = (await rig.app.services.need("config")).current();
  const window = await new Windows(rig.app, rig.world.env).of(chosen, configuration, 0);
  expect(window?.mostReserved).toBe(32_000);
});
