/** What becomes of what a server asks. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { JsonObject } from "../../../src/lib/conversation.ts";
import { Refusal, type Reply } from "../../../src/mcp/client/requests/counterpart.ts";
import { ANSWER, form, start } from "./asking.ts";

setDefaultTimeout(60_000);

describe("a form", () => {
  test("reaches the person as fields, and an accepted one has the defaults of what was left empty", async () => {
    const { counterpart, ask } = await start();
    counterpart.reply = async () => ({ action: "accept", content: { name: "Ada" } });
    const properties = { name: { type: "string" }, age: { type: "integer", default: 36 } };
    expect(await ask("elicitation/create", form(properties, ["name"]))).toEqual({
      action: "accept",
      content: { name: "Ada", age: 36 },
    });
    expect(counterpart.questions).toMatchObject([
      { mode: "form", message: "who are you?", fields: [{ name: "name", required: true }, { standard: 36 }] },
    ]);
  });

  test.each(["decline", "cancel"] as const)("%s is told as that, without a content", async (action) => {
    const { counterpart, ask } = await start();
    counterpart.reply = async () => ({ action });
    expect(await ask("elicitation/create", form({}))).toEqual({ action });
  });

  test("that asks for a secret is declined unasked, and told", async () => {
    const { counterpart, ask } = await start();
    expect(await ask("elicitation/create", form({ dbPassword: { type: "string" } }))).toEqual({
      action: "decline",
    });
    expect(counterpart.questions).toEqual([]);
    expect(counterpart.notices).toEqual([
      "asking asked for a secret in a form (dbPassword), which MCP forbids; it was declined",
    ]);
  });

  test.each<[string, JsonObject]>([
    ["an object in it", { it: { type: "object", properties: {} } }],
    [
      "too many fields",
      Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`f${i}`, { type: "string" }])),
    ],
  ])("with %s is an error of the server's parameters", async (_what, properties) => {
    const { counterpart, ask } = await start();
    expect(await ask("elicitation/create", form(properties))).toMatchObject({ error: { code: -32602 } });
    expect(counterpart.questions).toEqual([]);
  });

  test("a message beyond measure is cut", async () => {
    const { counterpart, ask } = await start();
    await ask("elicitation/create", { ...form({}), message: "x".repeat(100_000) });
    expect(counterpart.questions[0]?.message).toHaveLength(4000);
  });

  test("more than ten in a minute are declined, which is told once", async () => {
    const { counterpart, ask } = await start();
    counterpart.reply = async () => ({ action: "accept" });
    const answers: Reply[] = await ask("elicitation/create", form({}), { times: 14 });
    expect(answers.filter(({ action }) => action === "accept")).toHaveLength(10);
    expect(answers.filter(({ action }) => action === "decline")).toHaveLength(4);
    expect(counterpart.notices).toEqual(["asking asks too many questions; more are declined for a minute"]);
  });
});

describe("an address", () => {
  const visit = (url: string) => ({ mode: "url", message: "log in", url, elicitationId: "e1" });

  test("reaches the person; that what was to be done there is done is told", async () => {
    const { counterpart, ask, call } = await start();
    counterpart.reply = async () => ({ action: "accept" });
    expect(await ask("elicitation/create", visit("https://example.com/login"))).toEqual({ action: "accept" });
    expect(counterpart.questions).toEqual([
      { mode: "url", message: "log in", url: "https://example.com/login" },
    ]);
    const done = (elicitationId: string) =>
      call("tell", { method: "notifications/elicitation/complete", params: { elicitationId } });
    await done("never heard of");
    await done("e1");
    await done("e1");
    await call("seen");
    expect(counterpart.notices).toEqual(["asking says that what was to be done at example.com is done"]);
  });

  test.each([
    "javascript:alert(1)",
    "file:///etc/passwd",
    "https://bank.example@evil.example/",
    `https://example.com/${"x".repeat(5000)}`,
  ])("that is none of the web is declined unasked: %#", async (url) => {
    const { counterpart, ask } = await start();
    expect(await ask("elicitation/create", visit(url))).toEqual({ action: "decline" });
    expect(counterpart.questions).toEqual([]);
    expect(counterpart.notices).toHaveLength(1);
  });

  test("without which a tool cannot be used is put to the person, and the model is told what to do", async () => {
    const { counterpart, call } = await start();
    const demand = () => call("demand", { elicitations: [visit("https://example.com/login")] });
    counterpart.reply = async () => ({ action: "accept" });
    expect((await demand()).failed).toContain("Call the tool again");
    counterpart.reply = async () => ({ action: "decline" });
    expect((await demand()).failed).toContain("the user declined");
    expect(counterpart.questions).toHaveLength(2);
  });
});

describe("sampling", () => {
  const request = { messages: [{ role: "user", content: { type: "text", text: "hi" } }], maxTokens: 50 };
  const tools = [{ name: "look", inputSchema: { type: "object", properties: {} } }];

  test("goes to the model and back", async () => {
    const { counterpart, ask } = await start();
    expect(await ask("sampling/createMessage", request)).toEqual({
      model: "p/m",
      role: "assistant",
      stopReason: "endTurn",
      content: { type: "text", text: "an answer" },
    });
    expect(counterpart.samples).toMatchObject([{ maxTokens: 50, hints: [], tools: [] }]);
  });

  test("calls of the server's own tools go back to it", async () => {
    const { counterpart, ask } = await start();
    const calls = [{ id: "c1", name: "look", arguments: { at: "it" } }];
    counterpart.answer = async () => ({ ...ANSWER, calls, stopReason: "tool_calls" });
    expect(await ask("sampling/createMessage", { ...request, tools })).toMatchObject({
      stopReason: "toolUse",
      content: [
        { type: "text", text: "an answer" },
        { type: "tool_use", id: "c1", name: "look", input: { at: "it" } },
      ],
    });
    expect(await ask("sampling/createMessage", request)).toMatchObject({
      stopReason: "endTurn",
      content: { type: "text", text: "an answer" },
    });
  });

  test("a refusal is an error with the code of the specification", async () => {
    const { counterpart, ask } = await start();
    counterpart.answer = () => Promise.reject(new Refusal("the user refused"));
    expect(await ask("sampling/createMessage", request)).toEqual({
      error: { code: -1, message: "the user refused" },
    });
  });

  test("more than twenty in a minute are refused, which is told once", async () => {
    const { counterpart, ask } = await start();
    const answers: object[] = await ask("sampling/createMessage", request, { times: 23 });
    expect(answers.filter((answer) => "error" in answer)).toHaveLength(3);
    expect(counterpart.samples).toHaveLength(20);
    expect(counterpart.notices).toEqual(["asking asks the model too often; more is refused for a while"]);
  });
});
