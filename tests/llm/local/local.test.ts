/** The provider of models inside the executable, over a branch of models that a test decides. */
import { describe, expect, test } from "bun:test";
import type { Message } from "../../../src/lib/conversation.ts";
import { ExitCode, UsageError } from "../../../src/lib/errors.ts";
import { guarded } from "../../../src/llm/guard.ts";
import { createLocalProvider } from "../../../src/llm/local/client.ts";
import type { LocalModel } from "../../../src/llm/local/request.ts";
import type { ModelEvent, ModelRequest } from "../../../src/llm/port.ts";
import type { GenerateEvent } from "../../../src/models/port.ts";
import { ModelError, type ModelProblemCode } from "../../../src/models/problem.ts";
import { DEFAULT_RETRY } from "../../../src/resilience/retry.ts";
import { FakeClock } from "../../fixtures/fake-clock.ts";
import { failureOf, gather, requestOf, user } from "../ask.ts";
import { ScriptedModels } from "./scripted-models.ts";

const MODEL: LocalModel = { path: "/models/m.gguf", load: { threads: 2, acceleration: "auto" } };
const DONE: GenerateEvent = { type: "done", stopReason: "end" };
const USAGE: GenerateEvent = { type: "usage", usage: { evaluated: 7, reused: 30, generated: 5 } };
const says = (text: string): GenerateEvent => ({ type: "text", text });
const fails = (code: ModelProblemCode, advice?: string): GenerateEvent => ({
  type: "failed",
  problem: { code, message: `m.gguf: it is ${code}`, ...(advice !== undefined && { advice }) },
});

function ask(
  models: ScriptedModels,
  more: Partial<ModelRequest> = {},
  signal = new AbortController().signal,
) {
  const provider = createLocalProvider({ models: () => models, resolve: () => MODEL });
  return gather(provider.stream(requestOf(more), signal));
}

describe("what comes of an answer", () => {
  test("text, thoughts, usage and the end, with what is only a sign of life kept to itself", async () => {
    const models = new ScriptedModels([
      { type: "alive" },
      { type: "loading", path: MODEL.path, fraction: 0.4 },
      { type: "notice", text: "there is no GPU: the processor alone is used" },
      { type: "thinking", text: "hm" },
      says("Hel"),
      { type: "alive" },
      says("lo"),
      USAGE,
      DONE,
    ]);
    expect(await ask(models, { model: "m" })).toEqual([
      { type: "progress", text: "loading m", fraction: 0.4 },
      { type: "notice", text: "there is no GPU: the processor alone is used" },
      { type: "thinking", text: "hm" },
      { type: "text", text: "Hel" },
      { type: "text", text: "lo" },
      { type: "usage", usage: { input: 7, output: 5, cacheRead: 30, cacheWrite: 0 } },
      { type: "done", stopReason: "end" },
    ]);
  });

  test("every event is a sign of life", async () => {
    const models = new ScriptedModels([{ type: "alive" }, { type: "alive" }, says("x"), DONE]);
    const provider = createLocalProvider({ models: () => models, resolve: () => MODEL });
    let signs = 0;
    await gather(provider.stream(requestOf(), new AbortController().signal, () => signs++));
    expect(signs).toBe(4);
  });

  test.each([
    ["demo", "loading demo"],
    ["owner/qwen3-0.6b", "loading owner/qwen3-0.6b"],
    ["./a/big-00001-of-00003.gguf", "loading big"],
    ["/models/m.GGUF", "loading m"],
  ])("a model that is called %s is %s", async (model, text) => {
    const models = new ScriptedModels([{ type: "loading", path: "/cache/0123.gguf", fraction: 0 }, DONE]);
    expect((await ask(models, { model }))[0]).toEqual({ type: "progress", text, fraction: 0 });
  });

  test("a call keeps how the model spelled it, and gets it back with the next request", async () => {
    const call = { type: "tool_call" as const, id: "1", name: "clock__now", arguments: { zone: "UTC" } };
    const models = new ScriptedModels(
      [
        { ...call, raw: { text: "<call>" } },
        { type: "done", stopReason: "tool_calls" },
      ],
      [DONE],
    );
    const events = await ask(models);
    const extra = { origin: "local:m.gguf", content: { text: "<call>" } };
    expect(events).toEqual([
      { ...call, extra },
      { type: "done", stopReason: "tool_calls" },
    ]);
    const messages: Message[] = [
      user("what time is it?"),
      { role: "assistant", blocks: [{ ...call, extra }] },
      { role: "user", blocks: [{ type: "tool_result", callId: "1", content: "noon", isError: false }] },
    ];
    await ask(models, { messages });
    expect(models.requests[1]?.messages).toEqual(messages);
  });

  test("how another model spelled a call stays away from this one", async () => {
    const call = { type: "tool_call" as const, id: "1", name: "clock__now", arguments: {} };
    const extra = { origin: "local:other.gguf", content: { text: "[call]" } };
    const models = new ScriptedModels([DONE]);
    await ask(models, {
      messages: [
        user("what time is it?"),
        { role: "assistant", blocks: [{ ...call, extra }] },
        { role: "user", blocks: [{ type: "tool_result", callId: "1", content: "noon", isError: false }] },
      ],
    });
    expect(models.requests[0]?.messages[1]?.blocks).toEqual([call]);
  });
});

describe("what is asked", () => {
  test("all of the request, and how the model is to be loaded", async () => {
    const models = new ScriptedModels([DONE]);
    const tools = [{ name: "clock__now", description: "The time", inputSchema: { type: "object" } }];
    await ask(models, {
      system: "Be brief.",
      tools,
      maxTokens: 9,
      temperature: 0.5,
      sampling: { seed: 7, topP: 0.9, topK: 40, minP: 0.05 },
      stop: ["END"],
      schema: { type: "object" },
      conversation: { id: "s", file: "/data/contexts/s.1" },
    });
    expect(models.requests).toEqual([
      {
        path: "/models/m.gguf",
        load: { threads: 2, acceleration: "auto" },
        system: "Be brief.",
        messages: [user("hello")],
        tools,
        sampling: { temperature: 0.5, seed: 7, topP: 0.9, topK: 40, minP: 0.05 },
        maxTokens: 9,
        stop: ["END"],
        schema: { type: "object" },
        conversation: { id: "s", file: "/data/contexts/s.1" },
      },
    ]);
  });

  test("nothing that was not said", async () => {
    const models = new ScriptedModels([DONE]);
    await ask(models, { stop: [], system: "" });
    const { path, load } = MODEL;
    expect(models.requests).toEqual([{ path, load, messages: [user("hello")], tools: [], sampling: {} }]);
  });

  test("a longer conversation begins as the shorter did, so that what was read can be used again", async () => {
    const models = new ScriptedModels([DONE], [DONE]);
    const first = [user("one")];
    const answered: Message[] = [
      ...first,
      {
        role: "assistant",
        blocks: [
          { type: "thinking", text: "hm" },
          { type: "text", text: "1" },
        ],
      },
      user("two"),
    ];
    await ask(models, { messages: first });
    await ask(models, { messages: answered });
    expect(models.requests[1]?.messages.slice(0, 1)).toEqual(models.requests[0]?.messages as Message[]);
    expect(models.requests[1]?.messages).toEqual(answered);
  });

  test("a conversation that a crash or another provider left is put in order", async () => {
    const models = new ScriptedModels([DONE]);
    const call = { type: "tool_call" as const, id: "1", name: "f", arguments: {} };
    const extra = { origin: "https://elsewhere.test", content: { signature: "x" } };
    const signed = { type: "thinking" as const, text: "theirs", signature: "s" };
    await ask(models, {
      messages: [user("one\ud800"), { role: "assistant", blocks: [signed, { ...call, extra }] }, user("two")],
    });
    const [question, answer, next] = models.requests[0]?.messages ?? [];
    expect(question).toEqual(user("one\ufffd"));
    expect(answer?.blocks).toEqual([call]);
    expect(next?.blocks).toMatchObject([
      { type: "tool_result", callId: "1", isError: true },
      { type: "text", text: "two" },
    ]);
  });
});

describe("what goes wrong", () => {
  test.each<[ModelProblemCode, number]>([
    ["missing", ExitCode.usage],
    ["unreadable", ExitCode.usage],
    ["not_gguf", ExitCode.refused],
    ["truncated", ExitCode.refused],
    ["unsupported", ExitCode.refused],
    ["too_large", ExitCode.refused],
    ["load_failed", ExitCode.refused],
    ["too_long", ExitCode.refused],
    ["bad_schema", ExitCode.refused],
    ["crashed", ExitCode.unavailable],
    ["natives", ExitCode.configuration],
    ["failed", ExitCode.unavailable],
  ])("%s ends with %d, in its own words", async (code, exitCode) => {
    const error = failureOf(await ask(new ScriptedModels([says("x"), fails(code, "do this")])));
    expect(error).toMatchObject({ code, exitCode, message: `m.gguf: it is ${code}`, advice: "do this" });
    expect(error.retry).toBe(code === "crashed" ? "unseen" : "no");
  });

  test("what is known of the model before it is asked is no throw either", async () => {
    const thrown = new ModelError({ code: "missing", message: "there is no model x" });
    const unresolved = createLocalProvider({
      models: () => new ScriptedModels(),
      resolve: () => Promise.reject(thrown),
    });
    const unstarted = createLocalProvider({
      models: () => Promise.reject(new UsageError("no")),
      resolve: () => MODEL,
    });
    const signal = new AbortController().signal;
    expect(failureOf(await gather(unresolved.stream(requestOf(), signal)))).toMatchObject({ exitCode: 2 });
    expect(failureOf(await gather(unstarted.stream(requestOf(), signal)))).toMatchObject({ message: "no" });
  });

  test("a bug is thrown: it is nobody's answer", async () => {
    const provider = createLocalProvider({
      models: () => Promise.reject(new TypeError("undefined is no function")),
      resolve: () => MODEL,
    });
    await expect(gather(provider.stream(requestOf(), new AbortController().signal))).rejects.toThrow(
      TypeError,
    );
  });

  test("Ctrl-C is told as what it is", async () => {
    const stop = new AbortController();
    const models = new ScriptedModels([says("Hel"), says("lo"), DONE]);
    const provider = createLocalProvider({ models: () => models, resolve: () => MODEL });
    const events: ModelEvent[] = [];
    for await (const event of provider.stream(requestOf(), stop.signal)) {
      events.push(event);
      stop.abort(new Error("Ctrl-C"));
    }
    expect(events).toMatchObject([says("Hel"), { type: "failed", error: { kind: "aborted" } }]);
  });
});

describe("behind the guard", () => {
  /** As the program guards it, while time flies. */
  async function guardedAsk(models: ScriptedModels) {
    const clock = new FakeClock();
    const provider = guarded(createLocalProvider({ models: () => models, resolve: () => MODEL }), {
      retry: { ...DEFAULT_RETRY, attempts: 2 },
      clock,
      random: () => 1,
    });
    const events = gather(provider.stream(requestOf(), new AbortController().signal));
    await clock.advance(3_600_000);
    return { events: await events, types: (await events).map(({ type }) => type) };
  }
  const loading: GenerateEvent = { type: "loading", path: MODEL.path, fraction: 0.5 };

  test("a crash before any text is tried again, loading shown or not", async () => {
    const models = new ScriptedModels([loading, fails("crashed")], [loading, says("hi"), DONE]);
    expect((await guardedAsk(models)).types).toEqual(["progress", "retry", "progress", "text", "done"]);
  });

  test("but once only, and never after some text", async () => {
    const again = new ScriptedModels([fails("crashed")], [fails("crashed")], [says("hi"), DONE]);
    expect((await guardedAsk(again)).types).toEqual(["retry", "failed"]);
    const partial = new ScriptedModels([says("Hel"), USAGE, fails("crashed")], [says("hi"), DONE]);
    expect((await guardedAsk(partial)).types).toEqual(["text", "usage", "failed"]);
    expect(partial.requests).toHaveLength(1);
  });
});
