/** The Responses API over a socket. */
import { describe, expect, test } from "bun:test";
import { BlockCollector } from "../../../src/chat/collector.ts";
import { createProvider } from "../../../src/llm/create.ts";
import { calls, says } from "../../fixtures/model-server/script.ts";
import { ask, failureOf, KEY, pooled, requestOf, serving, textOf, user } from "../ask.ts";
import { assistant, CLOSED, from, result } from "./requests.ts";
import { refused, served, streamed } from "./served.ts";

const OPENAI = { name: "openai", api: "responses" } as const;
const completed = { type: "response.completed", response: { status: "completed" } };
const says_ = (delta: string) => ({ type: "response.output_text.delta", item_id: "msg_1", delta });

test("a tool loop, as the server checks it, with thoughts that go back", async () => {
  const script = [
    { ...calls({ name: "read", arguments: { n: 1 } }), thinking: "Let me look.", signature: "gAAA" },
    says(["It ", "says 7."]),
  ];
  await serving(script, async (server) => {
    const settings = { ...OPENAI, baseUrl: server.openaiUrl, apiKey: KEY };
    const provider = createProvider(settings, { fetch: pooled, env: {} });
    const tools = [{ name: "read", description: "Reads.", inputSchema: { type: "object" } }];
    const first = requestOf({ model: "gpt-5", tools, system: "Be brief.", conversation: { id: "s1" } });
    const collector = new BlockCollector();
    for (const event of await ask(provider, first)) collector.add(event);
    const { blocks } = collector;
    expect(blocks.map(({ type }) => type)).toEqual(["thinking", "tool_call"]);
    const call = blocks.find((block) => block.type === "tool_call");
    const messages = [user("hello"), assistant(...blocks), from(result(call?.id ?? "", "7"))];
    const events = await ask(provider, { ...first, messages });
    expect(textOf(events)).toBe("It says 7.");
    expect(events.at(-2)).toMatchObject({ type: "usage", usage: { input: 11, output: 7 } });
    const [, second] = server.requests;
    expect(second?.path).toBe("/v1/responses");
    expect(second?.body.input[1]).toEqual({
      type: "reasoning",
      id: "rs_1",
      summary: [{ type: "summary_text", text: "Let me look." }],
      encrypted_content: "gAAA",
    });
    expect(second?.body).toMatchObject({ store: false, instructions: "Be brief.", prompt_cache_key: "s1" });
  });
});

describe("a failure", () => {
  test.each([
    ["rate_limit_exceeded", "rate_limit", "yes"],
    ["server_error", "server", "yes"],
    ["invalid_prompt", "bad_request", "no"],
    ["image_too_large", "bad_request", "no"],
    ["insufficient_quota", "quota", "no"],
    ["context_length_exceeded", "too_long", "no"],
    ["something_new", "server", "yes"],
  ])("told as the last event, %s, is sorted as %s", async (code, kind, retry) => {
    const error = { code, message: "It went wrong." };
    const events = [
      {
        type: "response.failed",
        response: { status: "failed", error, usage: { input_tokens: 3, output_tokens: 0 } },
      },
      { type: "error", code, message: "It went wrong.", param: null },
      { type: "error", error: { type: "x", code, message: "It went wrong." } },
    ];
    for (const event of events) {
      await served(
        OPENAI,
        () => streamed(says_("Hi"), event),
        async ({ provider }) => {
          const told = await ask(provider);
          expect(textOf(told)).toBe("Hi");
          expect<object>(failureOf(told)).toMatchObject({ kind, retry });
          expect(failureOf(told).message).toContain("It went wrong.");
        },
      );
    }
  });

  test("a stream without an end is cut off", async () => {
    await served(
      OPENAI,
      () => streamed(says_("Hi")),
      async ({ provider }) => expect(failureOf(await ask(provider)).kind).toBe("cut_off"),
    );
  });

  test("Chat Completions is not the Responses API", async () => {
    const other = () => streamed({ choices: [{ delta: { content: "Hi" }, finish_reason: "stop" }] });
    await served(OPENAI, other, async ({ provider }) => {
      expect(failureOf(await ask(provider)).kind).toBe("protocol");
    });
  });
});

describe("what is refused", () => {
  test("is asked for again without summaries, in words", async () => {
    const unproven = (body: { reasoning?: { summary?: string } }) =>
      body.reasoning?.summary
        ? refused("Your organization must be verified to generate reasoning summaries")
        : streamed(says_("Hi"), completed);
    await served(OPENAI, unproven, async ({ provider, bodies }) => {
      const request = requestOf({ model: "gpt-5", effort: "high", schema: CLOSED });
      expect(textOf(await ask(provider, request))).toBe("Hi");
      expect(bodies[1].reasoning).toEqual({ effort: "high" });
      expect(bodies[1].instructions).toContain(JSON.stringify(CLOSED));
    });
  });

  test("stands where nothing can be left out", async () => {
    await served(
      OPENAI,
      () => refused("no"),
      async ({ provider, bodies }) => {
        expect(failureOf(await ask(provider)).kind).toBe("bad_request");
        expect(bodies).toHaveLength(1);
      },
    );
  });
});

test("a seed and texts to stop at are told to be left out", async () => {
  await served(
    OPENAI,
    () => streamed(says_("Hi"), completed),
    async ({ provider, paths }) => {
      const [notice] = await ask(provider, requestOf({ sampling: { seed: 1 }, stop: ["END"] }));
      expect(notice).toEqual({ type: "notice", text: "openai takes no seed and no stop: left out" });
      expect(paths).toEqual(["/v1/responses"]);
    },
  );
});

test("a wish to think is told to be left out where a model does not", async () => {
  await served(
    OPENAI,
    () => streamed(says_("Hi"), completed),
    async ({ provider, bodies }) => {
      const events = await ask(provider, requestOf({ model: "gpt-4o", effort: "high" }));
      expect(events.filter(({ type }) => type === "notice")).toEqual([
        { type: "notice", text: "gpt-4o takes no level of thinking: left out" },
      ]);
      expect(bodies[0]).not.toHaveProperty("reasoning");
    },
  );
});
