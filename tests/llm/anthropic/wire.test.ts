/** Requests as they leave, through the SDK. */
import { describe, expect, test } from "bun:test";
import { createProvider } from "../../../src/llm/create.ts";
import type { ProviderSettings } from "../../../src/llm/settings.ts";
import type { Fetch } from "../../../src/llm/wire.ts";
import { calls, fails, says } from "../../fixtures/model-server/script.ts";
import { ask, failureOf, KEY, pooled, providerAt, requestOf, serving, textOf, user } from "../ask.ts";
import { assistant, from, result, text } from "./recipients.ts";

const schema = { type: "object", properties: { a: { type: "string" } }, required: ["a"] };

/** What Anthropic itself would get. */
async function sentTo(settings: Partial<ProviderSettings>, model: string) {
  const seen: { headers: Headers; body: unknown }[] = [];
  const network: Fetch = async (_, init) => {
    seen.push({ headers: new Headers(init?.headers), body: JSON.parse(String(init?.body)) });
    return new Response("{}", { status: 404 });
  };
  const provider = createProvider(
    { name: "anthropic", apiKey: KEY, ...settings },
    { fetch: () => network, env: {} },
  );
  await ask(provider, requestOf({ model }));
  return seen[0];
}

describe("headers", () => {
  test("Anthropic itself is told what of its trials is used, beside what the user tells it", async () => {
    const beta = "thinking-binding-controls-2026-08-01";
    const plain = await sentTo({}, "claude-opus-5-5");
    expect(plain?.headers.get("anthropic-beta")).toBe(beta);
    expect(plain?.headers.get("authorization")).toBe(`Bearer ${KEY}`);
    const own = await sentTo({ headers: { "Anthropic-Beta": "context-1m" } }, "claude-opus-5-5");
    expect(own?.headers.get("anthropic-beta")).toBe(`context-1m,${beta}`);
  });

  test("there is none where no trial is used", async () => {
    expect((await sentTo({}, "claude-opus-4-6"))?.headers.get("anthropic-beta")).toBeNull();
    const elsewhere = await sentTo({ baseUrl: "http://proxy.test" }, "claude-opus-5-5");
    expect(elsewhere?.headers.get("anthropic-beta")).toBeNull();
  });

  test("what is kept of what was read is the user's to switch off", async () => {
    expect(JSON.stringify((await sentTo({}, "claude-opus-4-6"))?.body)).toContain("cache_control");
    expect(JSON.stringify((await sentTo({ cache: false }, "claude-opus-4-6"))?.body)).not.toContain(
      "cache_control",
    );
  });
});

describe("requests that the API checks", () => {
  test("a picture, a document and a thought between calls go through", async () => {
    const script = [
      { ...calls({ id: "a", name: "files__look", arguments: {} }), thinking: "hm" },
      says("A cat."),
    ];
    await serving(script, async (server) => {
      const provider = createProvider(
        { name: "anthropic", kind: "anthropic", baseUrl: server.url, apiKey: KEY },
        { fetch: pooled, env: {} },
      );
      const tools = [{ name: "files__look", description: "", inputSchema: { type: "object" } }];
      const picture = { mediaType: "image/png", data: "iVBORw0KGgo=" };
      const question = from(text("what?"), {
        type: "media",
        mediaType: "application/pdf",
        data: "JVBERi0xLjQ=",
        name: "a.pdf",
      });
      const request = requestOf({
        model: "claude-sonnet-4-5",
        effort: "low",
        system: "Be brief.",
        messages: [question],
        tools,
      });
      const first = await ask(provider, request);
      const thoughts = first.flatMap((event) => (event.type === "thinking" ? [event] : []));
      const signature = thoughts.at(-1)?.signature ?? "";
      expect(signature).toStartWith(`${server.url} `);
      const answer = assistant(
        { type: "thinking", text: "hm", signature },
        { type: "tool_call", id: "a", name: "files__look", arguments: {} },
      );
      const shown = from({ ...result("a"), media: [picture] });
      const second = await ask(provider, { ...request, messages: [question, answer, shown] });
      expect(textOf(second)).toBe("A cat.");
      expect(server.requests[1]?.body.messages[1].content[0]).toEqual({
        type: "thinking",
        thinking: "hm",
        signature: "c2lnbmF0dXJl",
      });
    });
  });

  test("a schema that is refused is asked for in words, and from then on", async () => {
    await serving([fails("bad_request"), says('{"a":"b"}')], async (server) => {
      const provider = providerAt("anthropic", server);
      const events = await ask(provider, requestOf({ model: "claude-opus-4-6", schema }));
      expect(textOf(events)).toBe('{"a":"b"}');
      expect(server.requests[0]?.body.output_config.format.type).toBe("json_schema");
      expect(server.requests[1]?.body).not.toHaveProperty("output_config");
      expect(server.requests[1]?.body.system[0].text).toContain(JSON.stringify(schema));
      await ask(provider, requestOf({ model: "claude-opus-4-6", schema }));
      expect(server.requests).toHaveLength(3);
      expect(server.requests[2]?.body).toEqual(server.requests[1]?.body);
    });
  });

  test("a request that is refused with and without a schema is refused", async () => {
    await serving([fails("bad_request")], async (server) => {
      const provider = providerAt("anthropic", server);
      const events = await ask(provider, requestOf({ model: "claude-opus-4-6", schema }));
      expect(failureOf(events).kind).toBe("bad_request");
      expect(server.requests).toHaveLength(2);
    });
  });

  test("a request without a schema is refused once", async () => {
    await serving([fails("bad_request")], async (server) => {
      await ask(providerAt("anthropic", server), requestOf({ model: "claude-opus-4-6" }));
      expect(server.requests).toHaveLength(1);
    });
  });

  test("what a model does not take is told before its answer", async () => {
    await serving([says("hi")], async (server) => {
      const request = requestOf({
        model: "claude-opus-5",
        temperature: 0.2,
        sampling: { seed: 1 },
        messages: [user("a")],
      });
      const events = await ask(providerAt("anthropic", server), request);
      expect(events.slice(0, 2)).toEqual([
        { type: "notice", text: "anthropic takes no seed: left out" },
        { type: "notice", text: "claude-opus-5 takes no temperature: left out" },
      ]);
      expect(events.at(-1)).toEqual({ type: "done", stopReason: "end" });
    });
  });
});
