import { describe, expect, test } from "bun:test";
import type { AnsweredRequest, TurnEvent } from "../../src/chat/events.ts";
import { Toolbox } from "../../src/chat/toolbox.ts";
import { runTurn } from "../../src/chat/turn.ts";
import type { TurnOptions } from "../../src/chat/turn-options.ts";
import type { Message } from "../../src/lib/conversation.ts";
import { ExitCode, InterruptedError } from "../../src/lib/errors.ts";
import { ProviderError } from "../../src/llm/errors.ts";
import type { ModelEvent } from "../../src/llm/port.ts";
import type { CatalogueTool, ToolOutcome } from "../../src/mcp/client/port.ts";
import { calls, RecordedConversation, says, scriptedHost, scriptedProvider, tool } from "./scripted.ts";

const HELLO: Message = { role: "user", blocks: [{ type: "text", text: "hello" }] };
const ECHO = tool("files", "echo");

type Answer = (called: CatalogueTool, args: object, signal: AbortSignal) => Promise<ToolOutcome>;

function setUp(replies: ModelEvent[][], answer?: Answer, allowed = true) {
  const provider = scriptedProvider(replies);
  const conversation = new RecordedConversation();
  const events: TurnEvent[] = [];
  const interrupt = new AbortController();
  const toolbox = new Toolbox({
    host: scriptedHost(
      [ECHO, tool("files", "stat")],
      answer ?? (async (_, args) => ({ content: JSON.stringify(args), isError: false })),
    ),
    approve: async () => (allowed ? { allowed } : { allowed, reason: "nobody allowed it" }),
    only: [],
    callTimeoutMs: () => 1000,
  });
  const options = {
    provider,
    model: "m",
    conversation: async () => conversation,
    toolbox,
    maxRequests: 3,
    signal: interrupt.signal,
    sink: (event: TurnEvent) => void events.push(event),
  };
  const run = ({ message = HELLO, ...more }: Partial<TurnOptions> & { message?: Message | null } = {}) =>
    runTurn(message ?? undefined, { ...options, ...more });
  return { provider, conversation, events, interrupt, run };
}

test("an answer is streamed, stored and counted", async () => {
  const { run, conversation, events } = setUp([says("Hi there")]);
  const result = await run();
  expect(result).toMatchObject({
    text: "Hi there",
    stopReason: "end",
    usage: { input: 10, output: 2 },
    tools: [],
  });
  expect(conversation.stored.map(({ role, status }) => [role, status])).toEqual([
    ["user", "complete"],
    ["assistant", "complete"],
  ]);
  expect(events.map((event) => event.type)).toEqual(["request", "text", "usage"]);
});

test("an answer whose provider tells no usage counts with an estimate, which is told of nowhere", async () => {
  const heard: AnsweredRequest[] = [];
  const silent = says("Hi there").filter(({ type }) => type !== "usage");
  const { run } = setUp([silent]);
  const result = await run({ onAnswered: (request) => void heard.push(request) });
  expect(result.usage).toEqual({ input: 0, output: 0, cacheRead: 0, cacheWrite: 0 });
  expect(heard).toMatchObject([{ provider: "scripted", model: "m", usage: { estimated: true } }]);
  expect(heard[0]?.usage.input).toBeGreaterThan(0);
  expect(heard[0]?.usage.output).toBeGreaterThan(0);
});

test("what was refused before a word came is no request that was answered", async () => {
  const error = new ProviderError("bad_request", "no");
  const { run } = setUp([[{ type: "failed", error }]]);
  expect(await run()).toMatchObject({ error, requests: [], by: { provider: "scripted", model: "m" } });
});

test("the question is stored before the request leaves", async () => {
  const { run, provider } = setUp([says("Hi")]);
  await run();
  expect(provider.requests[0]?.messages).toEqual([HELLO]);
});

test("every request says how tokens are chosen, and which conversation it is by then", async () => {
  const { run, provider, conversation } = setUp([calls(["files__echo", {}]), says("Hi")]);
  const how = { sampling: { seed: 7 }, stop: ["END"], schema: { type: "object" } };
  await run({ ...how, state: async () => ({ id: `after ${conversation.stored.length}` }) });
  expect(provider.requests).toMatchObject([
    { ...how, conversation: { id: "after 1" } },
    { ...how, conversation: { id: "after 3" } },
  ]);
});

test("a conversation that nobody keeps a state of is not named", async () => {
  const { run, provider } = setUp([says("Hi")]);
  await run({ state: async () => undefined });
  for (const key of ["conversation", "sampling", "stop", "schema"])
    expect(provider.requests[0]).not.toHaveProperty(key);
});

test("what happens before an answer is told, and no part of it", async () => {
  const loading: ModelEvent = { type: "progress", text: "loading m", fraction: 0.5 };
  const notice: ModelEvent = { type: "notice", text: "no GPU" };
  const { run, conversation, events } = setUp([[loading, notice, ...says("Hi")]]);
  const { text } = await run();
  expect(text).toBe("Hi");
  expect(events.slice(1, 3)).toEqual([loading, notice]);
  expect(conversation.stored.at(-1)?.blocks).toEqual([{ type: "text", text: "Hi" }]);
});

describe("tools", () => {
  test.each(["max_tokens", "refusal"] as const)(
    "no call is run after %s, and it is stored",
    async (stopReason) => {
      const ran: string[] = [];
      const { run, conversation, provider } = setUp(
        [
          [...calls(["files__echo", { n: 1 }]).slice(0, 1), { type: "done", stopReason }],
          says("unreachable"),
        ],
        async (called) => {
          ran.push(called.name);
          return { content: "", isError: false };
        },
      );
      expect(await run()).toMatchObject({ stopReason, tools: [], text: "" });
      expect(ran).toEqual([]);
      expect(provider.requests).toHaveLength(1);
      expect(conversation.stored.at(-1)).toMatchObject({
        role: "assistant",
        status: "complete",
        blocks: [{ type: "tool_call", name: "files__echo" }],
      });
    },
  );

  test("several calls run in parallel, results come in the order of the calls, then the model goes on", async () => {
    const both = Promise.withResolvers<void>();
    let running = 0;
    const { run, provider } = setUp(
      [calls(["files__echo", { n: 1 }], ["files__stat", { n: 2 }]), says("done")],
      async (called) => {
        if (++running === 2) both.resolve();
        await both.promise;
        return { content: called.name, isError: false };
      },
    );
    const result = await run();
    expect(result.text).toBe("done");
    expect(result.tools.map(({ server, name, ok }) => [server, name, ok])).toEqual([
      ["files", "echo", true],
      ["files", "stat", true],
    ]);
    expect(provider.requests[1]?.messages.at(-1)?.blocks).toEqual([
      { type: "tool_result", callId: "call0", content: "echo", isError: false },
      { type: "tool_result", callId: "call1", content: "stat", isError: false },
    ]);
  });

  test("an error of a tool goes back to the model and is no error of the turn", async () => {
    const { run, provider } = setUp([calls(["files__echo", {}]), says("I see")], async () => ({
      content: "no such file",
      isError: true,
    }));
    const result = await run();
    expect(result.error).toBeUndefined();
    expect(result.tools[0]?.ok).toBe(false);
    expect(provider.requests[1]?.messages.at(-1)?.blocks[0]).toMatchObject({
      content: "no such file",
      isError: true,
    });
  });

  test("what a tool has for the user alone is told to the user, in a line, and not to the model", async () => {
    const { run, events, conversation } = setUp([calls(["files__echo", {}]), says("Done")], async () => ({
      content: "for the model",
      forUser: `a secret\n${"x".repeat(5000)}`,
      isError: false,
    }));
    await run();
    const notice = events.find((event) => event.type === "notice");
    expect(notice?.text).toMatch(/^files\/echo: a secret x{900,1000}…$/);
    expect(JSON.stringify(conversation.stored)).not.toContain("secret");
  });

  test("a denied call is told to the model, counted, and never made", async () => {
    let made = 0;
    const { run, provider, events } = setUp(
      [calls(["files__echo", {}]), says("fine")],
      async () => ({ content: String(++made), isError: false }),
      false,
    );
    const result = await run();
    expect([made, result.denied]).toEqual([0, 1]);
    expect(JSON.stringify(provider.requests[1]?.messages.at(-1))).toContain("denied: nobody allowed it");
    expect(events.map((event) => event.type)).toContain("tool_denied");
  });

  test("an unknown tool and arguments that are no JSON come back as errors that help", async () => {
    const bad: ModelEvent = {
      type: "tool_call",
      id: "b",
      name: "files__stat",
      arguments: {},
      invalidArguments: "{oops",
    };
    const { run, provider } = setUp([
      [...calls(["files__ecko", {}]).slice(0, 1), bad, { type: "done", stopReason: "tool_calls" }],
      says("sorry"),
    ]);
    await run();
    const [unknown, invalid] = provider.requests[1]?.messages.at(-1)?.blocks ?? [];
    expect(unknown).toMatchObject({
      content: "There is no tool files__ecko; did you mean files__echo?",
      isError: true,
    });
    expect(invalid).toMatchObject({ callId: "b", isError: true, content: expect.stringContaining("{oops") });
  });

  test("what was said before the tools is parted from what comes after", async () => {
    const { run, events } = setUp([
      [{ type: "text", text: "Let me look." }, ...calls(["files__echo", {}])],
      says("It is 5."),
    ]);
    expect((await run()).text).toBe("Let me look.\n\nIt is 5.");
    const texts = events.flatMap((event) => (event.type === "text" ? [event.text] : []));
    expect(texts.join("")).toBe("Let me look.\n\nIt is 5.");
  });

  test("a model that never stops calling meets the limit", async () => {
    const forever = calls(["files__echo", {}]);
    const { run } = setUp([forever, forever, forever, forever]);
    const result = await run();
    expect(result.stopReason).toBe("limit");
    expect(result.error?.exitCode).toBe(ExitCode.limit);
    expect(result.tools.length).toBe(3);
  });
});

describe("failures", () => {
  test("a stream that fails keeps what came, marked partial", async () => {
    const { run, conversation } = setUp([
      [
        { type: "text", text: "Once upon" },
        { type: "failed", error: new ProviderError("cut_off", "gone") },
      ],
    ]);
    const result = await run();
    expect(result).toMatchObject({
      text: "Once upon",
      stopReason: "error",
      error: { exitCode: ExitCode.unavailable },
    });
    expect(conversation.stored.at(-1)).toMatchObject({
      status: "partial",
      blocks: [{ type: "text", text: "Once upon" }],
    });
  });

  test("an interrupt during a tool call answers the call and ends the turn", async () => {
    const began = Promise.withResolvers<void>();
    const { run, interrupt, conversation } = setUp([calls(["files__echo", {}])], (_, __, signal) => {
      began.resolve();
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    });
    const turn = run();
    await began.promise;
    interrupt.abort(new InterruptedError());
    expect(await turn).toMatchObject({
      stopReason: "interrupted",
      error: { exitCode: ExitCode.interrupted },
    });
    expect(conversation.stored.at(-1)?.blocks[0]).toMatchObject({ type: "tool_result", isError: true });
  });

  test("a stream without an end is a bug and is thrown, not hidden", async () => {
    const { run } = setUp([[{ type: "text", text: "..." }]]);
    expect(run()).rejects.toThrow("without a terminal event");
  });
});

test("calls that a crash left without results are answered before the turn goes on", async () => {
  const { run, conversation, provider } = setUp([says("It may have run.")]);
  conversation.append(HELLO);
  conversation.append({
    role: "assistant",
    blocks: [{ type: "tool_call", id: "1", name: "x", arguments: {} }],
  });
  const result = await run({ message: null });
  expect(result.text).toBe("It may have run.");
  const [, , results] = provider.requests[0]?.messages ?? [];
  expect(results?.blocks).toMatchObject([
    { type: "tool_result", callId: "1", isError: true, content: expect.stringContaining("Outcome unknown") },
  ]);
});
