/** The loopback model server as a program, and the checks it makes: other tests rest on both. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { complaint } from "../fixtures/model-server/checks.ts";
import { recordOf } from "../fixtures/model-server/record.ts";
import { ask, providerAt, requestOf, textOf, user, WIRES } from "./ask.ts";

const MAIN = join(import.meta.dir, "../fixtures/model-server/main.ts");

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  let seen = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    seen += decoder.decode(chunk, { stream: true });
    if (seen.includes("\n")) return seen.slice(0, seen.indexOf("\n"));
  }
  throw new Error("the model server said nothing");
}

test("as a program it prints its address and does what the model's name says", async () => {
  const child = Bun.spawn(
    [process.execPath, MAIN, "--arguments", '{"message":"hi"}', "--models", "one,two"],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  try {
    const url = await firstLine(child.stdout);
    const server = { url, openaiUrl: `${url}/v1` };
    const tool = { name: "x__echo", description: "", inputSchema: { type: "object" } };
    for (const wire of WIRES) {
      const provider = providerAt(wire, server);
      const said = (model: string) => ask(provider, requestOf({ model, messages: [user("say this")] }));
      expect(textOf(await said("gpt-5"))).toBe("say this");
      expect(textOf(await said("words-3"))).toBe("word1 word2 word3 ");
      const events = await ask(provider, requestOf({ model: "tool-__echo", tools: [tool] }));
      expect(events.find((event) => event.type === "tool_call")).toMatchObject({
        name: "x__echo",
        arguments: { message: "hi" },
      });
      const twice = await ask(provider, requestOf({ model: "twice-__echo", tools: [tool] }));
      expect(twice.filter((event) => event.type === "tool_call")).toHaveLength(2);
    }
    expect(await (await fetch(`${url}/_requests`)).json()).toHaveLength(8);
    expect(await (await fetch(`${url}/v1/models`)).json()).toMatchObject({
      data: [{ id: "one" }, { id: "two" }],
    });
    expect(await (await fetch(`${url}/api/tags`)).json()).toMatchObject({ models: [{ name: "one" }, {}] });
  } finally {
    child.kill();
    await child.exited;
  }
});

describe("it refuses what the real ones refuse", () => {
  const use = { type: "tool_use", id: "1", name: "read", input: {} };
  const result = { type: "tool_result", tool_use_id: "1", content: "x" };
  const call = { role: "assistant", content: null, tool_calls: [openaiCall("1")] };

  function openaiCall(id: string) {
    return { id, type: "function", function: { name: "read", arguments: "{}" } };
  }
  function complaintOf(wire: "anthropic" | "openai", body: object) {
    const path = wire === "anthropic" ? "/v1/messages" : "/v1/chat/completions";
    const whole = {
      model: "m",
      stream: true,
      max_tokens: 1,
      messages: [{ role: "user", content: "a" }],
      ...body,
    };
    return complaint(recordOf(new Request(`http://x${path}`), JSON.stringify(whole), 0));
  }

  test("and nothing else", () => {
    expect(WIRES.map((wire) => complaintOf(wire, {}))).toEqual([undefined, undefined]);
  });

  test.each<[string, "anthropic" | "openai", object]>([
    [
      "unanswered calls",
      "anthropic",
      {
        messages: [
          { role: "user", content: "a" },
          { role: "assistant", content: [use] },
          { role: "user", content: "b" },
        ],
      },
    ],
    [
      "unanswered calls",
      "openai",
      { messages: [{ role: "user", content: "a" }, call, { role: "user", content: "b" }] },
    ],
    [
      "the user after a tool, as Mistral sees it",
      "openai",
      {
        model: "mistral-large",
        messages: [call, { role: "tool", tool_call_id: "1", content: "x" }, { role: "user", content: "b" }],
      },
    ],
    ["calls without an answer at the end", "openai", { messages: [{ role: "user", content: "a" }, call] }],
    ["results without calls", "anthropic", { messages: [{ role: "user", content: [result] }] }],
    ["results without calls", "openai", { messages: [{ role: "tool", tool_call_id: "1", content: "x" }] }],
    [
      "results after text",
      "anthropic",
      {
        tools: [{ name: "read" }],
        messages: [
          { role: "user", content: "a" },
          { role: "assistant", content: [use] },
          { role: "user", content: [{ type: "text", text: "b" }, result] },
        ],
      },
    ],
    [
      "the assistant first",
      "anthropic",
      {
        messages: [
          { role: "assistant", content: "a" },
          { role: "user", content: "b" },
        ],
      },
    ],
    [
      "the same role twice",
      "anthropic",
      {
        messages: [
          { role: "user", content: "a" },
          { role: "user", content: "b" },
        ],
      },
    ],
    [
      "a prefill",
      "anthropic",
      {
        messages: [
          { role: "user", content: "a" },
          { role: "assistant", content: "b" },
        ],
      },
    ],
    ["blank text", "anthropic", { messages: [{ role: "user", content: [{ type: "text", text: " " }] }] }],
    ["no limit", "anthropic", { max_tokens: undefined }],
    ["tools of one name", "anthropic", { tools: [{ name: "a" }, { name: "a" }] }],
    ["tools of one name", "openai", { tools: [{ function: { name: "a" } }, { function: { name: "a" } }] }],
    ["a malformed tool name", "openai", { tools: [{ function: { name: "a.b" } }] }],
    ["a tool name of 65 characters", "anthropic", { tools: [{ name: "a".repeat(65) }] }],
    [
      "an id of 41 characters",
      "openai",
      {
        messages: [
          { role: "user", content: "a" },
          { ...call, tool_calls: [openaiCall("x".repeat(41))] },
        ],
      },
    ],
    ["no messages", "openai", { messages: [] }],
  ])("%s (%s)", (_, wire, body) => {
    expect(complaintOf(wire, body)).toBeString();
  });
});
