/** A request as servers of Chat Completions take it, each with what is odd about it. */
import { describe, expect, test } from "bun:test";
import type { Message } from "../../../src/lib/conversation.ts";
import { toCompletionsRequest } from "../../../src/llm/openai/messages.ts";
import type { ModelRequest } from "../../../src/llm/port.ts";
import { PRESETS, quirksOf } from "../../../src/llm/presets.ts";
import { requestOf, user } from "../ask.ts";
import { assistant, CLOSED, call, from, media, PDF, PNG, result, text } from "./requests.ts";

function sent(name: string, more: Partial<ModelRequest>, isPlain = false) {
  const quirks = quirksOf(name, PRESETS[name]?.baseUrl ?? "http://gpu.test/v1");
  return toCompletionsRequest(requestOf(more), { quirks, origin: "", isPlain });
}

const messagesOf = (name: string, ...messages: Message[]) => sent(name, { messages }).messages;

describe("media", () => {
  const IMAGE = { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } };
  const DATA = "data:application/pdf;base64,JVBERi0xLjQ=";

  test("are parts beside the words", () => {
    expect<unknown>(messagesOf("gpu", from(text("what?"), media(PNG)))).toEqual([
      { role: "user", content: [{ type: "text", text: "what?" }, IMAGE] },
    ]);
  });

  test.each([
    ["openai", { type: "file", file: { filename: "paper.pdf", file_data: DATA } }],
    ["openrouter", { type: "file", file: { filename: "paper.pdf", file_data: DATA } }],
    ["mistral", { type: "document_url", document_url: DATA }],
  ])("a PDF as %s takes it", (name, part) => {
    expect<object[]>(messagesOf(name, from(text("a"), media(PDF)))).toEqual([
      { role: "user", content: [{ type: "text", text: "a" }, part] },
    ]);
  });

  test.each(["gemini", "groq", "ollama", "gpu"])("a PDF is only named to %s, in plain text", (name) => {
    const content = "a\n\n[paper.pdf, application/pdf, 8 bytes]";
    expect(messagesOf(name, from(text("a"), media(PDF)))).toEqual([{ role: "user", content }]);
  });

  test("a file without a name gets one", () => {
    const { name: _, ...unnamed } = PDF;
    expect(messagesOf("openai", from(media(unnamed)))).toMatchObject([
      { content: [{ file: { filename: "document.pdf" } }] },
    ]);
  });

  test("that tools showed follow all their results, before what the user says", () => {
    const messages = messagesOf(
      "gpu",
      user("a"),
      assistant(call("1"), call("2")),
      from(result("1", "[dot.png]", { media: [PNG] }), result("2", "x", { media: [PDF] }), text("b")),
    );
    expect(messages.map(({ role }) => role)).toEqual(["user", "assistant", "tool", "tool", "user"]);
    expect<unknown>(messages.at(-1)?.content).toEqual([
      { type: "text", text: "(What the results of the tools above name:)" },
      IMAGE,
      { type: "text", text: "b" },
    ]);
  });

  test("that only name themselves make no message", () => {
    const found = from(result("1", "[paper.pdf]", { media: [PDF] }));
    expect(messagesOf("gpu", user("a"), assistant(call("1")), found).at(-1)).toMatchObject({ role: "tool" });
  });
});

describe("the schema of an answer", () => {
  test("is part of the request", () => {
    expect(sent("gpu", { schema: CLOSED })).toMatchObject({
      response_format: {
        type: "json_schema",
        json_schema: { name: "answer", schema: CLOSED, strict: true },
      },
    });
    expect(sent("gpu", { schema: CLOSED }).messages.map(({ role }) => role)).toEqual(["user"]);
  });

  test("is told to DeepSeek in words, which makes sure of JSON alone", () => {
    const body = sent("deepseek", { schema: CLOSED, system: "Be brief." });
    expect(body.response_format).toEqual({ type: "json_object" });
    expect(body.messages[0]?.content).toContain(JSON.stringify(CLOSED));
  });

  test("is told in words alone in a plain request", () => {
    const body = sent("gpu", { schema: CLOSED }, true);
    expect(body).not.toHaveProperty("response_format");
    expect(body.messages[0]).toMatchObject({ role: "system" });
  });
});

describe("how long to think", () => {
  test.each([
    ["openai", "gpt-5-mini", "off", { reasoning_effort: "minimal" }],
    ["openai", "gpt-4o", "high", {}],
    ["openrouter", "z/glm", "high", { reasoning: { effort: "high" } }],
    ["openrouter", "z/glm", "off", { reasoning: { effort: "none" } }],
    ["groq", "qwen3", "off", { reasoning_effort: "none" }],
    ["xai", "grok-4.3", "medium", { reasoning_effort: "medium" }],
    ["ollama", "qwen3", "low", { reasoning_effort: "low" }],
    ["gemini", "gemini-2.5-flash", "off", { reasoning_effort: "none" }],
    ["gemini", "gemini-3-pro", "off", { reasoning_effort: "minimal" }],
    ["mistral", "magistral", "low", { reasoning_effort: "high" }],
    ["mistral", "magistral", "off", { reasoning_effort: "none" }],
    ["deepseek", "deepseek-chat", "off", { thinking: { type: "disabled" } }],
    ["deepseek", "deepseek-chat", "medium", { thinking: { type: "enabled" }, reasoning_effort: "high" }],
    ["together", "m", "high", {}],
    ["gpu", "m", "high", {}],
  ] as const)("%s/%s, %s", (name, model, effort, expected) => {
    const { reasoning_effort, reasoning, thinking } = sent(name, { model, effort });
    const told = { reasoning_effort, reasoning, thinking };
    const said = Object.entries(told).filter(([, value]) => value !== undefined);
    expect<object>(Object.fromEntries(said)).toEqual(expected);
  });

  test.each(Object.keys(PRESETS))("%s is told nothing when nobody said so", (name) => {
    const body = sent(name, {});
    for (const key of ["reasoning_effort", "reasoning", "thinking"]) expect(body).not.toHaveProperty(key);
  });
});

describe("Mistral", () => {
  test("knows neither `stream_options` nor `seed`", () => {
    const body = sent("mistral", { sampling: { seed: 7 } });
    expect(body.random_seed).toBe(7);
    for (const key of ["stream_options", "seed"]) expect(body).not.toHaveProperty(key);
  });

  test("gets ids of nine letters and digits, and its own as they were", () => {
    const ids = ["call_1", "D681PevKs", "call_2"];
    const messages = messagesOf(
      "mistral",
      user("a"),
      assistant(...ids.map((id) => call(id))),
      from(...ids.map((id) => result(id))),
    );
    const given = messages.flatMap((message) => (message.role === "tool" ? [message.tool_call_id] : []));
    expect(given[1]).toBe("D681PevKs");
    for (const id of given) expect(id).toMatch(/^[a-zA-Z0-9]{9}$/);
    expect(new Set(given).size).toBe(3);
    expect(messages[1]).toMatchObject({ tool_calls: given.map((id) => ({ id })) });
  });

  test.each([
    ["says something", from(result("1"), text("b"))],
    ["is shown what a tool found", from(result("1", "[dot.png]", { media: [PNG] }))],
  ])("has its assistant speak between a tool and the user, who %s", (_, message) => {
    const rolesAt = (name: string) =>
      messagesOf(name, user("a"), assistant(call("1")), message).map(({ role }) => role);
    expect(rolesAt("mistral")).toEqual(["user", "assistant", "tool", "assistant", "user"]);
    expect(rolesAt("gpu")).toEqual(["user", "assistant", "tool", "user"]);
  });

  test("hears nothing after its tools but their results", () => {
    const messages = messagesOf("mistral", user("a"), assistant(call("1")), from(result("1")));
    expect(messages.at(-1)).toMatchObject({ role: "tool" });
  });
});

test("Gemini and DeepSeek are told no seed, which they do not know", () => {
  for (const name of ["gemini", "deepseek"])
    expect(sent(name, { sampling: { seed: 7 } })).not.toHaveProperty("seed");
});
