/** Answers through the real SDKs, from a loopback server that speaks both wires. */
import { describe, expect, test } from "bun:test";
import type { Message } from "../../src/lib/conversation.ts";
import type { Wire } from "../fixtures/model-server/record.ts";
import { calls, says, type Turn, toolLoop } from "../fixtures/model-server/script.ts";
import { ask, failureOf, providerAt, requestOf, serving, textOf, user, WIRES } from "./ask.ts";

const TOOL = {
  name: "files__read",
  description: "Reads a file",
  inputSchema: { type: "object", properties: { path: { type: "string" } } },
};

/** Anthropic's wire marks what is to be kept of what was read. */
const marked = (text: string) => ({ type: "text", text, cache_control: { type: "ephemeral" } });
const promptOn = (wire: Wire) => ({
  role: "user",
  content: wire === "anthropic" ? [marked("hello")] : "hello",
});

describe.each([...WIRES])("%s", (wire) => {
  const answer = (turn: Turn) => serving([turn], (server) => ask(providerAt(wire, server)));

  test("text comes in pieces, then usage, then the end", async () => {
    const events = await answer({
      kind: "answer",
      text: ["Hel", "lo ", "wörld 🌍"],
      usage: { input: 12, output: 5, cacheRead: 100 },
    });
    expect(events).toEqual([
      { type: "text", text: "Hel" },
      { type: "text", text: "lo " },
      { type: "text", text: "wörld 🌍" },
      { type: "usage", usage: { input: 12, output: 5, cacheRead: 100, cacheWrite: 0 } },
      { type: "done", stopReason: "end" },
    ]);
  });

  test("calls in parallel keep their arguments apart", async () => {
    const events = await answer(
      calls(
        { id: "a", name: "files__read", arguments: { path: "/ä" } },
        { id: "b", name: "files__list", arguments: {} },
      ),
    );
    expect(events.filter((event) => event.type === "tool_call")).toEqual([
      { type: "tool_call", id: "a", name: "files__read", arguments: { path: "/ä" } },
      { type: "tool_call", id: "b", name: "files__list", arguments: {} },
    ]);
    const pieces = events.flatMap((event) =>
      event.type === "tool_call_arguments" && event.id === "a" ? [event.delta] : [],
    );
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.join("")).toBe('{"path":"/ä"}');
    expect(events.at(-1)).toEqual({ type: "done", stopReason: "tool_calls" });
  });

  test.each(['{"path": "/a', "[1]", "null", "path=/a"])(
    "arguments %p are handed on as they came",
    async (json) => {
      const events = await answer(calls({ id: "a", name: "files__read", arguments: json }));
      expect(events.find((event) => event.type === "tool_call")).toEqual({
        type: "tool_call",
        id: "a",
        name: "files__read",
        arguments: {},
        invalidArguments: json,
      });
    },
  );

  test.each(["max_tokens", "refusal"] as const)("a call that %s cut off is not whole", async (stopReason) => {
    for (const args of ["", '{"path":"/etc/pas']) {
      const events = await answer({
        kind: "answer",
        toolCalls: [
          { id: "a", name: "files__read", arguments: { path: "/a" } },
          { id: "b", name: "files__clear", arguments: args },
        ],
        stopReason,
      });
      const invalidArguments = args || "the answer was cut off";
      expect(events.filter((event) => event.type === "tool_call")).toEqual([
        { type: "tool_call", id: "a", name: "files__read", arguments: { path: "/a" } },
        { type: "tool_call", id: "b", name: "files__clear", arguments: {}, invalidArguments },
      ]);
      expect(events.at(-1)).toEqual({ type: "done", stopReason });
    }
  });

  test("a call that needs no arguments is whole when the answer is", async () => {
    const events = await answer(calls({ id: "a", name: "files__clear", arguments: "" }));
    expect(events.filter((event) => event.type === "tool_call")).toEqual([
      { type: "tool_call", id: "a", name: "files__clear", arguments: {} },
    ]);
  });

  test.each(["max_tokens", "refusal"] as const)("stops for %s", async (stopReason) => {
    const events = await answer({ kind: "answer", text: "x", stopReason });
    expect(events.at(-1)).toEqual({ type: "done", stopReason });
  });

  test("thoughts are kept apart from text", async () => {
    const events = await answer({ kind: "answer", thinking: "hm", text: "so" });
    expect(events[0]).toEqual({ type: "thinking", text: "hm" });
    expect(textOf(events)).toBe("so");
  });

  test("a tool's result goes back and is answered", async () => {
    await serving(toolLoop("__read", { path: "/a" }), async (server) => {
      const provider = providerAt(wire, server);
      const first = await ask(provider, requestOf({ tools: [TOOL] }));
      const call = first.find((event) => event.type === "tool_call");
      if (call?.type !== "tool_call") throw new Error("no call");
      const { id, name, arguments: input } = call;
      const events = await ask(
        provider,
        requestOf({
          tools: [TOOL],
          messages: [
            user("read it"),
            { role: "assistant", blocks: [{ type: "tool_call", id, name, arguments: input }] },
            {
              role: "user",
              blocks: [{ type: "tool_result", callId: id, content: "forty-two", isError: false }],
            },
          ],
        }),
      );
      expect(textOf(events)).toBe("The tool said: forty-two");
    });
  });

  test("asks for what it was told and nothing else, in less than 1 KB", async () => {
    await serving([says("hi")], async (server) => {
      await ask(providerAt(wire, server), requestOf({ system: "Be brief.", temperature: 0.5, maxTokens: 9 }));
      await ask(providerAt(wire, server));
      const [full, bare] = server.requests;
      const rest = wire === "anthropic" ? {} : { stream_options: { include_usage: true } };
      const system = wire === "anthropic" ? { system: [marked("Be brief.")] } : {};
      const prompt = promptOn(wire);
      const before = wire === "anthropic" ? [] : [{ role: "system", content: "Be brief." }];
      expect(full?.body).toEqual({
        model: "loopback",
        stream: true,
        messages: [...before, prompt],
        max_tokens: 9,
        temperature: 0.5,
        ...system,
        ...rest,
      });
      const limit = wire === "anthropic" ? { max_tokens: 8192 } : {};
      expect(bare?.body).toEqual({ model: "loopback", stream: true, messages: [prompt], ...limit, ...rest });
      const head = Object.entries(bare?.headers ?? {}).join("\r\n").length;
      expect(head + (bare?.bytes ?? 0)).toBeLessThan(1024);
      expect(Object.keys(bare?.headers ?? {}).filter((name) => name.startsWith("x-stainless"))).toEqual([]);
    });
  });

  test("schemas of tools that MCP allows and providers refuse", async () => {
    const either = { anyOf: [{ properties: { id: { type: "number" } } }, { required: ["path"] }] };
    const path = { path: { type: "string" } };
    const tools = [
      { name: "none", description: "", inputSchema: { type: "object" } },
      { name: "forgot", description: "", inputSchema: {} },
      { name: "either", description: "", inputSchema: { type: "object", properties: path, ...either } },
      {
        name: "ref",
        description: "",
        inputSchema: { type: "object", oneOf: [{ $ref: "#/$defs/a" }], $defs: {} },
      },
    ];
    await serving([says("hi")], async (server) => {
      const events = await ask(providerAt(wire, server), requestOf({ tools }));
      expect(events.at(-1)).toEqual({ type: "done", stopReason: "end" });
      const [none, , sent] = server.requests[0]?.body.tools ?? [];
      if (wire === "openai") {
        expect(none.function.parameters).toEqual({ type: "object", properties: {} });
        expect(sent.function.parameters).toMatchObject(either);
      } else {
        const properties = { ...path, id: { type: "number" } };
        expect(sent.input_schema).toEqual({ type: "object", properties });
      }
    });
  });

  test("a conversation with half of a surrogate pair in it heals", async () => {
    const half = "a\ud83d";
    await serving([says("hi")], async (server) => {
      const messages: Message[] = [
        user(half),
        {
          role: "assistant",
          blocks: [
            { type: "text", text: half },
            { type: "tool_call", id: "1", name: "read", arguments: { [half]: [half, "😀"] } },
          ],
        },
        { role: "user", blocks: [{ type: "tool_result", callId: "1", content: half, isError: false }] },
      ];
      const schema = { type: "object", properties: {}, enum: [half] };
      const tools = [{ name: "read", description: half, inputSchema: schema }];
      await ask(providerAt(wire, server), requestOf({ system: half, messages, tools }));
      // Arguments are JSON within JSON on OpenAI's wire, where a half would be an escape in the text.
      const seen = JSON.stringify(server.requests[0]?.body);
      expect(seen).not.toMatch(/\\u[dD][89a-fA-F]/);
      expect(seen.match(/a\ufffd/g)).toHaveLength(8);
      expect(seen).toContain("😀");
    });
  });

  test("the server refuses a wrong key with what to do about it", async () => {
    await serving([says("hi")], async (server) => {
      const error = failureOf(await ask(providerAt(wire, server, "sk-wrong")));
      expect(error).toMatchObject({ kind: "auth", exitCode: 4, status: 401 });
      expect(error.advice).toContain(wire === "anthropic" ? "ANTHROPIC_API_KEY" : "OPENAI_API_KEY");
    });
  });
});
