/** The loopback server's Responses API, asked by OpenAI's own SDK; and what its checks refuse on each API. */
import { describe, expect, test } from "bun:test";
import { OpenAI } from "openai";
import { behave } from "../fixtures/model-server/behaviours.ts";
import { complaint } from "../fixtures/model-server/checks.ts";
import { type Api, PATHS, recordOf } from "../fixtures/model-server/record.ts";
import type { Script } from "../fixtures/model-server/script.ts";
import { KEY, serving } from "./ask.ts";

/** What the SDK makes of one answer: the events by type, and the response that it put together itself. */
async function asked(script: Script, model = "loopback") {
  return await serving(script, async (server) => {
    const client = new OpenAI({ baseURL: server.openaiUrl, apiKey: KEY, maxRetries: 0 });
    const types: string[] = [];
    const stream = client.responses.stream({ model, input: "hello", store: false });
    stream.on("event", ({ type }) => void types.push(type));
    const response = await stream.finalResponse();
    return { types, response, request: server.requests[0] };
  });
}

describe("the Responses API", () => {
  test("answers with text, reasoning and calls, and counts them", async () => {
    const { types, response, request } = await asked([
      {
        kind: "answer",
        thinking: "hm",
        text: ["Hel", "lo"],
        toolCalls: [{ name: "read", arguments: { path: "/a" } }],
        usage: { input: 5, output: 9, cacheRead: 40, reasoning: 3 },
      },
    ]);
    expect(request).toMatchObject({ wire: "responses", prompt: "hello" });
    expect(request?.peer).toBeGreaterThan(0);
    expect(types.slice(0, 2)).toEqual(["response.created", "response.in_progress"]);
    expect(types.at(-1)).toBe("response.completed");
    expect(types.filter((type) => type === "response.output_text.delta")).toHaveLength(2);
    expect(response.output_text).toBe("Hello");
    expect(response.output).toMatchObject([
      { type: "reasoning", summary: [{ text: "hm" }], encrypted_content: "c2lnbmF0dXJl" },
      { type: "message", status: "completed" },
      { type: "function_call", call_id: "call_0", name: "read", arguments: '{"path":"/a"}' },
    ]);
    expect(response.usage).toMatchObject({
      input_tokens: 45,
      input_tokens_details: { cached_tokens: 40 },
      output_tokens: 9,
      output_tokens_details: { reasoning_tokens: 3 },
      total_tokens: 54,
    });
  });

  test("says why an answer is short", async () => {
    const { response } = await asked((request) => behave(request, { arguments: {} }), "max-tokens");
    expect(response).toMatchObject({
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" },
    });
  });

  test.each([
    ["unauthorized", "Incorrect API key provided"],
    ["error-event", "overloaded"],
    ["nested-error", "overloaded"],
    ["cut", ""],
    ["reset", "Connection error"],
  ])("fails as %s", async (model, words) => {
    const answer = asked((request) => behave(request, { arguments: {} }), model);
    await expect(answer).rejects.toThrow(words);
  });
});

describe("is refused", () => {
  const png = "data:image/png;base64,iVBORw0KGgo=";
  const call = { type: "function_call", call_id: "1", name: "read", arguments: "{}" };
  const output = { type: "function_call_output", call_id: "1", output: "x" };
  const user = { role: "user", content: "a" };
  const tool = {
    type: "function",
    name: "read",
    strict: false,
    parameters: { type: "object", properties: {} },
  };
  const mark = { type: "ephemeral" };
  const text = (content: string, more: object = {}) => ({ type: "text", text: content, ...more });
  const image = (source: object) => ({ role: "user", content: [{ type: "image", source }] });
  const base64 = { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" };
  const open = { type: "json_schema", schema: { type: "object", properties: { a: { type: "string" } } } };

  function complaintOf(api: Api, body: object): string | undefined {
    const basis = api === "responses" ? { input: "a" } : { messages: [user] };
    const limit = api === "anthropic" ? { max_tokens: 2048 } : {};
    const whole = { model: "m", stream: true, ...basis, ...limit, ...body };
    return complaint(recordOf(new Request(`http://x${PATHS[api]}`), JSON.stringify(whole), 0));
  }

  test.each<[Api, object]>([
    ["responses", {}],
    ["responses", { input: [user, call, output], tools: [tool], store: false }],
    [
      "responses",
      { input: [{ role: "user", content: [{ type: "input_image", image_url: png, detail: "auto" }] }] },
    ],
    ["responses", { input: [user, { type: "reasoning", id: "rs_1", summary: [] }, call, output] }],
    ["anthropic", { messages: [image(base64)], thinking: { type: "enabled", budget_tokens: 1024 } }],
    ["anthropic", { system: [text("s", { cache_control: mark })] }],
    ["openai", { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: png } }] }] }],
  ])("nothing of %s %j", (api, body) => {
    expect(complaintOf(api, body)).toBeUndefined();
  });

  test.each<[string, Api, object]>([
    ["a field of another API", "responses", { messages: [user] }],
    ["a setting that it does not have", "responses", { stop: ["x"] }],
    ["nothing", "responses", { input: [] }],
    ["a call without output", "responses", { input: [user, call] }],
    ["output without a call", "responses", { input: [user, output] }],
    ["output twice", "responses", { input: [user, call, output, output] }],
    [
      "a part of an answer as input",
      "responses",
      { input: [{ role: "assistant", content: [{ type: "input_text", text: "a" }] }] },
    ],
    ["a part of another API", "responses", { input: [{ role: "user", content: [text("a")] }] }],
    [
      "a thought that nobody kept",
      "responses",
      { store: false, input: [user, { type: "reasoning", id: "rs_1", summary: [] }, call, output] },
    ],
    ["a thought at the end", "responses", { input: [user, { type: "reasoning", id: "rs_1", summary: [] }] }],
    [
      "a tool in the form of Chat Completions",
      "responses",
      { tools: [{ type: "function", function: tool }] },
    ],
    [
      "a schema that is open though strict",
      "responses",
      { tools: [{ ...tool, strict: true }], text: { format: { ...open, name: "a", strict: true } } },
    ],
    ["a format without a name", "responses", { text: { format: open } }],
    ["so few tokens", "responses", { max_output_tokens: 1 }],
    ["five marks of the cache", "anthropic", { system: Array(5).fill(text("s", { cache_control: mark })) }],
    ["a mark of another kind", "anthropic", { system: [text("s", { cache_control: { type: "forever" } })] }],
    ["an unknown field", "anthropic", { response_format: {} }],
    ["an image of an odd type", "anthropic", { messages: [image({ ...base64, media_type: "image/bmp" })] }],
    ["an image that is no base64", "anthropic", { messages: [image({ ...base64, data: png })] }],
    [
      "a thought without its signature",
      "anthropic",
      {
        messages: [
          user,
          { role: "assistant", content: [{ type: "thinking", thinking: "hm", signature: "" }, text("a")] },
          user,
        ],
      },
    ],
    ["a warm thought", "anthropic", { thinking: { type: "adaptive" }, temperature: 0.5 }],
    ["a budget above the limit", "anthropic", { thinking: { type: "enabled", budget_tokens: 4096 } }],
    ["a schema with open objects", "anthropic", { output_config: { format: open } }],
    [
      "an image of an assistant",
      "openai",
      { messages: [{ role: "assistant", content: [{ type: "image_url", image_url: { url: png } }] }] },
    ],
    [
      "a PDF without a name",
      "openai",
      {
        messages: [
          {
            role: "user",
            content: [{ type: "file", file: { file_data: "data:application/pdf;base64,AAAA" } }],
          },
        ],
      },
    ],
    ["both limits", "openai", { max_tokens: 1, max_completion_tokens: 1 }],
    ["five texts that end an answer", "openai", { stop: ["a", "b", "c", "d", "e"] }],
    ["a format without its schema", "openai", { response_format: { type: "json_schema" } }],
  ])("%s (%s)", (_, api, body) => {
    expect(complaintOf(api, body)).toBeString();
  });
});
