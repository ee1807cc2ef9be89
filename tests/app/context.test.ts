/** What of a long conversation goes to a model, on the real tree with a model that is scripted. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { type Context, type ContextOptions, createContext } from "../../src/app/context.ts";
import type { ChosenModel } from "../../src/app/model.ts";
import { estimateMessage } from "../../src/chat/context/estimate.ts";
import type { AnsweredRequest } from "../../src/chat/events.ts";
import type { Message, Usage } from "../../src/lib/conversation.ts";
import { ExitCode, LimitError, UserError } from "../../src/lib/errors.ts";
import { ProviderError } from "../../src/llm/errors.ts";
import type { ModelEvent, ModelRequest, Provider } from "../../src/llm/port.ts";
import { startRig } from "./rig.ts";

setDefaultTimeout(60_000);

const WINDOW = 2000;
const SYSTEM = "Be brief.";

/** A rig with a window, and the strategy. */
/** It is never asked at its address. */
const SCRIPTED = '[providers.scripted]\nbase_url = "http://127.0.0.1:1/v1"\n';
const rigWith = (context: string, more = "") =>
  startRig({
    toml: `[chat]\ncontext = "${context}"\n[models.settings."scripted/m"]\ncontext_window = ${WINDOW}\n${SCRIPTED}${more}`,
  });
type Rig = Awaited<ReturnType<typeof rigWith>>;

/** Answers the n-th request with the n-th text, the last one again and again; an error instead of a text fails. */
function model(...answers: (string | ProviderError)[]): ChosenModel & { asked: ModelRequest[] } {
  const asked: ModelRequest[] = [];
  const provider: Provider = {
    name: "scripted",
    async *stream(request, signal): AsyncGenerator<ModelEvent> {
      asked.push(request);
      const answer = answers[Math.min(asked.length, answers.length) - 1] ?? "a summary";
      if (signal.aborted) return yield { type: "failed", error: new ProviderError("aborted", "stopped") };
      if (typeof answer !== "string") return yield { type: "failed", error: answer };
      yield { type: "text", text: answer };
      yield { type: "usage", usage: { input: 100, output: 5, cacheRead: 0, cacheWrite: 0 } };
      yield { type: "done", stopReason: "end" };
    },
  };
  return { provider, model: "m", isDemo: false, isMakeshift: false, asked };
}

/** Puts turns of about 50 tokens into the current conversation. */
async function talkOf(rig: Rig, turns: number, usage?: (tokens: number) => Usage): Promise<void> {
  const conversation = await rig.app.services.need("session");
  for (let index = 0; index < turns; index++) {
    conversation.append(says(`question ${index} ${"word ".repeat(15)}`));
    const tokens = conversation.messages().reduce((sum, message) => sum + estimateMessage(message), 0);
    const answer = conversation.beginAnswer({ provider: "scripted", model: "m" });
    answer.complete([{ type: "text", text: `answer ${"word ".repeat(15)}` }], usage?.(tokens));
  }
  conversation.append(says("and now?"));
}

async function requestOf(rig: Rig): Promise<ModelRequest> {
  const messages = (await rig.app.services.need("session")).messages();
  return { model: "m", system: SYSTEM, messages, tools: [] };
}

const says = (text: string): Message => ({ role: "user", blocks: [{ type: "text", text }] });
const tokensOf = (messages: readonly Message[]) =>
  messages.reduce((sum, message) => sum + estimateMessage(message), 0);
const firstText = (message: Message | undefined) => {
  const [block] = message?.blocks ?? [];
  return block?.type === "text" ? block.text : "";
};

const open = (rig: Rig, options?: ContextOptions): Context => createContext(rig.app, rig.world.env, options);

test("what fits goes as it is", async () => {
  await using rig = await rigWith("smart");
  await talkOf(rig, 5);
  const request = await requestOf(rig);
  expect(await open(rig).prepare(model())(request)).toBe(request);
  expect(rig.notices).toEqual([]);
});

test("nothing is left out where the window is not known", async () => {
  await using rig = await rigWith("smart");
  await talkOf(rig, 1);
  const request = await requestOf(rig);
  const long = { ...request, messages: [says("word ".repeat(200_000))] };
  expect(await open(rig).prepare({ ...model(), model: "never-heard-of" })(long)).toBe(long);
});

test("the user is told what is left out, and again when it is something else", async () => {
  await using rig = await rigWith("sliding_window");
  await talkOf(rig, 60);
  const prepare = open(rig).prepare(model());
  const request = await requestOf(rig);
  const sent = await prepare(request);
  expect(sent).toEqual({ ...request, messages: request.messages.slice(-sent.messages.length) });
  expect(tokensOf(sent.messages)).toBeLessThanOrEqual(WINDOW);
  const left = request.messages.length - sent.messages.length;
  await prepare(request);
  const why = `the conversation is longer than the window of scripted/m (${WINDOW} tokens)`;
  const first = `warn: ${why}: ${left} messages are left out; chat.context says how, mcpchat sessions context shows it`;
  expect(rig.notices).toEqual([first]);
  await talkOf(rig, 20);
  const later = await prepare(await requestOf(rig));
  const now = 162 - later.messages.length;
  expect(now).toBeGreaterThan(left);
  expect(rig.notices).toEqual([first, `info: ${why}: ${now} messages are left out`]);
});

test("the list of prices knows the windows of models", async () => {
  await using rig = await rigWith("smart");
  await talkOf(rig, 200);
  const request = { ...(await requestOf(rig)), model: "gpt-4" };
  const { provider, ...rest } = model();
  const sent = await open(rig).prepare({
    ...rest,
    model: "gpt-4",
    provider: { ...provider, name: "openai" },
  })(request);
  expect(sent.messages.length).toBeLessThan(request.messages.length);
  expect(tokensOf(sent.messages)).toBeLessThan(8192);
  expect(tokensOf(sent.messages)).toBeGreaterThan(2000);
  expect(rig.notices[0]).toContain("the window of openai/gpt-4 (8192 tokens)");
});

test("what the provider counted makes the estimates right", async () => {
  await using rig = await rigWith("sliding_window");
  const twice = (tokens: number): Usage => ({ input: tokens, output: 1, cacheRead: tokens, cacheWrite: 0 });
  await talkOf(rig, 60, twice);
  const sent = await open(rig).prepare(model())(await requestOf(rig));
  expect(tokensOf(sent.messages)).toBeLessThan((WINDOW * 3) / 4 / 1.8);
});

test("a message that is larger than the window is refused before it is sent", async () => {
  await using rig = await rigWith("smart");
  await talkOf(rig, 3);
  const request = await requestOf(rig);
  const long = { ...request, messages: [...request.messages, says("word ".repeat(5000))] };
  const refused = await open(rig)
    .prepare(model())(long)
    .catch((error) => error);
  expect(refused).toBeInstanceOf(UserError);
  expect(refused).toMatchObject({ code: "too_long", exitCode: ExitCode.refused });
  expect(refused.message).toMatch(
    /^the message alone is larger than the window of scripted\/m \(about \d+ of 2000/,
  );
  expect(refused.advice).toContain('models.settings."scripted/m".context_window');
});

test("a message that may be larger is the provider's to judge", async () => {
  await using rig = await rigWith("smart");
  await talkOf(rig, 3);
  const request = await requestOf(rig);
  const long = says("word ".repeat(1300));
  const sent = await open(rig).prepare(model())({ ...request, messages: [...request.messages, long] });
  expect(sent.messages).toEqual([long]);
});

test("tools that leave no room are named as what is too much", async () => {
  await using rig = await rigWith("smart");
  await talkOf(rig, 1);
  const tool = { name: "t", description: "does things ".repeat(1000), inputSchema: { type: "object" } };
  const request = { ...(await requestOf(rig)), tools: [tool] };
  const refused = await open(rig)
    .prepare(model())(request)
    .catch((error) => error);
  expect(refused.message).toStartWith(
    "the system prompt and the tools leave no room in the window of scripted/m",
  );
});

test("a summary is asked for once, and again when more is left out, with what it said", async () => {
  await using rig = await rigWith("summarize");
  await talkOf(rig, 40);
  const spent: string[] = [];
  const options = {
    onAnswered: ({ provider, usage }: { provider: string; usage: Usage }) =>
      spent.push(`${provider} ${usage.input}`),
  };
  const chosen = model("they counted to forty", "they counted to eighty");
  const prepare = open(rig, options).prepare(chosen);
  const sent = await prepare(await requestOf(rig));
  expect(chosen.asked).toHaveLength(1);
  expect(firstText(sent.messages[2])).toContain("they counted to forty");
  expect(tokensOf(sent.messages)).toBeLessThanOrEqual(WINDOW);
  await prepare(await requestOf(rig));
  // Another run, over what is stored.
  const again = await open(rig).prepare(chosen)(await requestOf(rig));
  expect(again.messages).toEqual(sent.messages);
  expect(chosen.asked).toHaveLength(1);
  expect(spent).toEqual(["scripted 100"]);
  await talkOf(rig, 15);
  const later = await prepare(await requestOf(rig));
  expect(firstText(later.messages[2])).toContain("they counted to eighty");
  expect(chosen.asked).toHaveLength(2);
  const [, second] = chosen.asked;
  expect(firstText(second?.messages[0])).toContain("<notes>\nthey counted to forty\n</notes>");
  expect(firstText(second?.messages[0])).not.toContain("question 3 ");
  expect(tokensOf(second?.messages ?? [])).toBeLessThan(WINDOW);
});

test("a summary that cannot be had costs a note, and is not asked for again", async () => {
  await using rig = await rigWith("summarize");
  await talkOf(rig, 40);
  const chosen = model(new ProviderError("overloaded", "scripted is overloaded"));
  const prepare = open(rig).prepare(chosen);
  const sent = await prepare(await requestOf(rig));
  expect(firstText(sent.messages[2])).toMatch(/^\(\d+ messages are left out here\.\)$/);
  await prepare(await requestOf(rig));
  expect(chosen.asked).toHaveLength(1);
  expect(rig.notices).toContain(
    "warn: the conversation was not summarized, a part is left out instead: scripted is overloaded",
  );
});

test("a summary whose provider tells no usage is written down as an estimate", async () => {
  await using rig = await rigWith("summarize");
  await talkOf(rig, 40);
  const silent: ChosenModel = model();
  silent.provider.stream = async function* () {
    yield { type: "text", text: "notes ".repeat(20) };
    yield { type: "failed", error: new ProviderError("cut_off", "scripted broke off") };
  };
  const answered: AnsweredRequest[] = [];
  const onAnswered = (request: AnsweredRequest) => void answered.push(request);
  await open(rig, { onAnswered }).prepare(silent)(await requestOf(rig));
  const [{ usage } = { usage: undefined }] = answered;
  expect(usage).toMatchObject({ estimated: true, output: expect.any(Number) });
  expect(usage?.input).toBeGreaterThan(500);
});

test("a limit of cost ends the turn, an interruption does, and neither is a failed summary", async () => {
  await using rig = await rigWith("summarize");
  await talkOf(rig, 40);
  const limit = new LimitError("too dear", "max_cost");
  const chosen = model();
  const guard = () => () => Promise.reject(limit);
  await expect(open(rig, { guard }).prepare(chosen)(await requestOf(rig))).rejects.toBe(limit);
  const stopped = AbortSignal.abort(new UserError("stopped", "interrupted", ExitCode.interrupted));
  await expect(open(rig).prepare(chosen, stopped)(await requestOf(rig))).rejects.toBe(stopped.reason);
  const sent = await open(rig).prepare(chosen)(await requestOf(rig));
  expect(firstText(sent.messages[2])).toContain("a summary");
});

test("a model inside the executable leaves out its oldest turns itself, and judges what is too long", async () => {
  const local = { path: "/models/m.gguf", load: { contextSize: WINDOW } };
  await using sliding = await rigWith("sliding_window");
  await talkOf(sliding, 60);
  const request = await requestOf(sliding);
  expect(await open(sliding).prepare({ ...model(), local })(request)).toBe(request);
  await using smart = await rigWith("smart");
  await talkOf(smart, 60);
  const sent = await open(smart).prepare({ ...model(), local })(await requestOf(smart));
  expect(sent.messages.length).toBeLessThan(121);
  const long = { ...request, messages: [says("word ".repeat(9000))] };
  expect(await open(smart).prepare({ ...model(), local })(long)).toBe(long);
});

test("a window that the price list knows is told of a conversation that surely fits, and of none", async () => {
  await using rig = await rigWith("smart");
  const { provider, ...rest } = model();
  const chosen = { ...rest, model: "gpt-4o", provider: { ...provider, name: "openai" } };
  const request = { model: "gpt-4o", tools: [], messages: [] };
  expect(await open(rig).describe(chosen, request)).toEqual([
    "openai/gpt-4o: about 0 of 128,000 tokens (0 %), 16,384 are kept for the answer",
    "  0 messages, none is left out",
  ]);
  const [short] = await open(rig).describe(chosen, { ...request, messages: [says("hello")] });
  expect(short).toMatch(/about \d+ of 128,000 tokens \(0 %\)/);
});

test("what would be sent is described, and no model is asked for it", async () => {
  await using rig = await rigWith("summarize");
  await talkOf(rig, 40);
  const chosen = model();
  const lines = await open(rig).describe(chosen, await requestOf(rig));
  expect(lines[0]).toMatch(
    /^scripted\/m: about [\d,]+ of 2,000 tokens \(\d+ %\), 500 are kept for the answer$/,
  );
  expect(lines.slice(1, -1).map((line) => line.replace(/[\d,]+$/, "N").replace(/ +/g, " "))).toEqual([
    " system prompt N",
    " user N",
    " assistant N",
  ]);
  expect(lines.at(-1)).toMatch(/^ {2}\d+ of 81 messages are left out \(summarize\), the model will be asked/);
  expect(chosen.asked).toEqual([]);
  const [unknown] = await open(rig).describe({ ...chosen, model: "x" }, await requestOf(rig));
  expect(unknown).toMatch(/^scripted\/x: about [\d,]+ tokens; nothing is left out$/);
});
