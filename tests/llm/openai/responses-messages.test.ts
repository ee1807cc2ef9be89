/** A request as OpenAI's Responses API takes it. */
import { describe, expect, test } from "bun:test";
import type { Message } from "../../../src/lib/conversation.ts";
import { toSignature } from "../../../src/llm/openai/reasoning.ts";
import { hasPlainer, toResponsesRequest } from "../../../src/llm/openai/responses-messages.ts";
import type { ModelRequest } from "../../../src/llm/port.ts";
import { requestOf, user } from "../ask.ts";
import { assistant, CLOSED, call, from, media, ORIGIN, PDF, PNG, result, text } from "./requests.ts";

const RECIPIENT = { origin: ORIGIN, cache: true };
const sent = (more: Partial<ModelRequest>, plain = false) =>
  toResponsesRequest(requestOf({ model: "gpt-5", ...more }), { ...RECIPIENT, isPlain: plain });
const input = (...messages: Message[]) => sent({ messages }).input;

const SIGNATURE = toSignature({ id: "rs_1", encrypted: "gAAA" }, ORIGIN);
const thought = (signature = SIGNATURE, words = "hm") => ({
  type: "thinking" as const,
  text: words,
  signature,
});

describe("a request", () => {
  test("keeps nothing at OpenAI, and wants the thoughts of a model that thinks", () => {
    expect(sent({ system: "Be brief.", maxTokens: 50, temperature: 0.2, sampling: { topP: 0.9 } })).toEqual({
      model: "gpt-5",
      stream: true,
      store: false,
      include: ["reasoning.encrypted_content"],
      instructions: "Be brief.",
      input: [{ role: "user", content: [{ type: "input_text", text: "hello" }] }],
      max_output_tokens: 50,
      temperature: 0.2,
      top_p: 0.9,
    });
    expect(sent({ model: "gpt-4o" })).not.toHaveProperty("include");
  });

  test("has the conversation's name for who looks for what it has read, unless that is not wanted", () => {
    const conversation = { id: "c".repeat(80) };
    expect(sent({ conversation }).prompt_cache_key).toBe("c".repeat(64));
    const apart = toResponsesRequest(requestOf({ conversation }), { origin: ORIGIN, cache: false });
    expect(apart).not.toHaveProperty("prompt_cache_key");
  });

  test("declares tools without strictness, which it would have by itself", () => {
    const tools = [
      { name: "now", description: "", inputSchema: { type: "object" } },
      { name: "read", description: "Reads.", inputSchema: CLOSED },
    ];
    expect(sent({ tools }).tools).toEqual([
      { type: "function", name: "now", parameters: { type: "object", properties: {} }, strict: false },
      { type: "function", name: "read", description: "Reads.", parameters: CLOSED, strict: false },
    ]);
  });

  test("knows no seed and no stop", () => {
    const body = sent({ sampling: { seed: 1, topK: 2, minP: 0.1 }, stop: ["END"] });
    for (const key of ["seed", "stop", "top_k", "min_p"]) expect(body).not.toHaveProperty(key);
  });
});

describe("how long to think", () => {
  test.each([
    ["gpt-5", "high", { effort: "high", summary: "auto" }],
    ["gpt-5", "off", { effort: "minimal" }],
    ["gpt-5.1", "off", { effort: "none" }],
    ["o3", "off", { effort: "low" }],
    ["gpt-5-pro", "low", { effort: "high", summary: "auto" }],
  ] as const)("%s, %s", (model, effort, reasoning) => {
    expect<unknown>(sent({ model, effort }).reasoning).toEqual(reasoning);
  });

  test("is nothing for models that do not think, nor when nobody said so", () => {
    expect(sent({ model: "gpt-4o-mini", effort: "high" })).not.toHaveProperty("reasoning");
    expect(sent({})).not.toHaveProperty("reasoning");
  });
});

describe("the schema of an answer", () => {
  test("is strict where OpenAI can be", () => {
    const format = { type: "json_schema", name: "answer", schema: CLOSED, strict: true } as const;
    expect(sent({ schema: CLOSED }).text).toEqual({ format });
    const open = { type: "object", properties: { n: {} } };
    expect(sent({ schema: open }).text).toEqual({ format: { ...format, schema: open, strict: false } });
  });

  test("comes in words, beside the system prompt, in a plain request", () => {
    const body = sent({ system: "Be brief.", schema: CLOSED }, true);
    expect(body).not.toHaveProperty("text");
    expect(body.instructions).toStartWith("Be brief.\n\n");
    expect(body.instructions).toContain(JSON.stringify(CLOSED));
  });
});

describe("a conversation", () => {
  test("is a list of items: what was said, thought, called and found", () => {
    expect(
      input(
        user("a"),
        assistant(thought(), text("so"), call("1"), call("2", {})),
        from(result("1", "no such file", { isError: true }), result("2"), text("and?")),
      ),
    ).toEqual([
      { role: "user", content: [{ type: "input_text", text: "a" }] },
      {
        type: "reasoning",
        id: "rs_1",
        summary: [{ type: "summary_text", text: "hm" }],
        encrypted_content: "gAAA",
      },
      { role: "assistant", content: "so" },
      { type: "function_call", call_id: "1", name: "read", arguments: '{"n":1}' },
      { type: "function_call", call_id: "2", name: "read", arguments: "{}" },
      { type: "function_call_output", call_id: "1", output: "Error: no such file" },
      { type: "function_call_output", call_id: "2", output: "done" },
      { role: "user", content: [{ type: "input_text", text: "and?" }] },
    ]);
  });

  test("has images and PDFs, those of tools with their results", () => {
    const items = input(
      from(text("what is it?"), media(PNG), media(PDF)),
      assistant(call("1")),
      from(result("1", "[dot.png]", { media: [PNG, PDF] })),
    );
    const image = { type: "input_image", detail: "auto", image_url: "data:image/png;base64,iVBORw0KGgo=" };
    const file = {
      type: "input_file",
      filename: "paper.pdf",
      file_data: "data:application/pdf;base64,JVBERi0xLjQ=",
    };
    expect(items).toMatchObject([
      { role: "user", content: [{ text: "what is it?" }, image, file] },
      { type: "function_call" },
      { type: "function_call_output", output: [{ type: "input_text", text: "[dot.png]" }, image, file] },
    ]);
  });

  const types = (body: { input?: unknown }) => JSON.stringify(body.input);

  test.each([
    ["Anthropic's", "c2lnbmF0dXJl"],
    ["a redacted one of Anthropic's", "redacted:xyz"],
    ["another server's", toSignature({ id: "rs_1", encrypted: "gAAA" }, "https://proxy.test")],
    ["half of one", "openai:{"],
    ["one without what was encrypted", 'openai:{"origin":"https://api.openai.com","id":"rs_1"}'],
    ["none", ""],
  ])("no thought goes back under a signature that is %s", (_, signature) => {
    const messages = [user("a"), assistant(thought(signature), text("so")), user("b")];
    expect(types(sent({ messages }))).not.toContain("reasoning");
    expect(hasPlainer(requestOf({ messages }), ORIGIN)).toBe(false);
  });

  test("a thought whose words were withheld goes back without a summary", () => {
    const items = input(user("a"), assistant(thought(SIGNATURE, ""), call("1")), from(result("1")));
    expect(items).toContainEqual({
      type: "reasoning",
      id: "rs_1",
      summary: [],
      encrypted_content: "gAAA",
    });
  });

  test("a thought that nothing follows stays away, as it would be refused", () => {
    expect(types(sent({ messages: [user("a"), assistant(thought())] }))).not.toContain("reasoning");
  });

  test("a plain request leaves out thoughts and summaries", () => {
    const messages = [user("a"), assistant(thought(), call("1")), from(result("1"))];
    const body = sent({ messages, effort: "high" }, true);
    expect(types(body)).not.toContain('"reasoning"');
    expect(body.reasoning).toEqual({ effort: "high" });
    expect(hasPlainer(requestOf({ messages }), ORIGIN)).toBe(true);
    expect(hasPlainer(requestOf({ model: "gpt-5", effort: "high" }), ORIGIN)).toBe(true);
    expect(hasPlainer(requestOf({ model: "gpt-4o", effort: "high" }), ORIGIN)).toBe(false);
    expect(hasPlainer(requestOf(), ORIGIN)).toBe(false);
  });
});
