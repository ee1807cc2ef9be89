/** Other models in the place of the one that is away, in a whole run. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { answering } from "../../src/app/fallback.ts";
import { openModel } from "../../src/app/model.ts";
import type { RecordedRequest } from "../fixtures/model-server/record.ts";
import { fails, says } from "../fixtures/model-server/script.ts";
import { gather, requestOf } from "../llm/ask.ts";
import { type RigOptions, startRig } from "./rig.ts";

setDefaultTimeout(60_000);

/** `loop/down` is overloaded, every other model answers with its name. */
const script = ({ model }: RecordedRequest) => (model === "down" ? fails("overloaded") : says(model));
const start = (fallback: string[], more: RigOptions = {}) =>
  startRig({ model: "down", script, keys: `fallback = ${JSON.stringify(fallback)}\n`, ...more });

describe("a model that is away", () => {
  test("is stood in for, which the user is told and the store knows", async () => {
    await using rig = await start(["loop/up"]);
    const { result, events, error } = await rig.ask("hello");
    expect(error).toBeUndefined();
    expect(result?.text).toBe("up");
    expect(events.find(({ type }) => type === "fallback")).toMatchObject({
      from: "loop/down",
      provider: "loop",
      model: "up",
      reason: expect.stringContaining("overloaded"),
    });
    expect(rig.stored().at(-1)).toMatchObject({ role: "assistant", status: "complete" });
  });

  test("whose circuit is open is not asked any more", async () => {
    await using rig = await start(["loop/up"]);
    await rig.ask("one");
    await rig.ask("two");
    const before = rig.model.requests.length;
    const { result, events } = await rig.ask("three");
    expect(result?.text).toBe("up");
    expect(events.map(({ type }) => type)).not.toContain("retry");
    expect(rig.model.requests.slice(before).map(({ model }) => model)).toEqual(["up"]);
  });

  test("is not stood in for by itself, nor by what cannot be opened", async () => {
    await using rig = await start(["loop/down", "nobody/knows", "loop/up"]);
    const { result, events } = await rig.ask("hello");
    expect(result?.text).toBe("up");
    expect(events.filter(({ type }) => type === "notice")).toEqual([
      {
        type: "notice",
        text: expect.stringContaining("nobody/knows cannot answer instead: unknown provider"),
      },
    ]);
    expect(events.filter(({ type }) => type === "retry")).toHaveLength(2);
  });

  test("each candidate is prepared for as the model that it is", async () => {
    await using rig = await start(["loop/up"]);
    const chosen = await openModel(rig.app, rig.world.env);
    const provider = answering(rig.app, rig.world.env, chosen, {
      prepare:
        ({ model }) =>
        async (request) => ({ ...request, system: `for ${model}` }),
    });
    await gather(provider.stream(requestOf(), new AbortController().signal));
    const systems = rig.model.requests.map(
      ({ model, body }) => `${model} ${JSON.stringify(body.messages[0])}`,
    );
    expect(new Set(systems)).toEqual(
      new Set(["down", "up"].map((model) => `${model} {"role":"system","content":"for ${model}"}`)),
    );
  });
});
