/** Sessions that are longer than the window of their model. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Body, RecordedRequest } from "../fixtures/model-server/record.ts";
import type { Turn } from "../fixtures/model-server/script.ts";
import { expectFailure, expectSilentSuccess } from "./complaint.ts";
import { type Home, homeWithModel } from "./harness.ts";

setDefaultTimeout(180_000);

const WINDOW = 2000;
const TURNS = 40;
const SYSTEM = "Answer as briefly as you can.";
const NOTES = "NOTES: the user counts, the assistant agrees.";

const isSummary = ({ prompt }: RecordedRequest) => prompt.includes("<conversation>");

/** Says what it was sent as a tokenizer of English would count it. */
function answers(request: RecordedRequest): Turn {
  const usage = { input: Math.ceil(tokensIn(request)), output: 30 };
  if (isSummary(request)) return { kind: "answer", text: NOTES, usage };
  return { kind: "answer", text: `Yes. ${"agreed ".repeat(25)}`, usage };
}

/** What is said in a request: role and text of each message. */
function saidIn({ body }: RecordedRequest): [role: string, text: string][] {
  return body.messages.map(({ role, content }: Body) => [
    role,
    typeof content === "string" ? content : content.map((part: Body) => part.text).join("\n"),
  ]);
}

/** A token for four and a half letters. */
function tokensIn(request: RecordedRequest): number {
  const { body } = request;
  const letters = saidIn(request).reduce((sum, [, text]) => sum + text.length, 0);
  return (letters + JSON.stringify(body.system ?? "").length) / 4.5;
}

function longHome(strategy: string): { home: Home; requests: RecordedRequest[] } {
  const { home, model } = homeWithModel(answers);
  home.configure(`
[chat]
system = ${JSON.stringify(SYSTEM)}
context = "${strategy}"
[providers.loop]
base_url = "${model.openaiUrl}"
api_key = "k"
[models.settings."loop/m"]
context_window = ${WINDOW}
[models.settings."anthropic/m"]
context_window = ${WINDOW}
`);
  return { home, requests: model.requests };
}

const question = (number: number) => `Question ${number}: ${"one more word ".repeat(20)}`;

/** Asks one question after the other, each in a run of its own; returns what the runs wrote to stderr. */
async function askAll(home: Home, name: string): Promise<string[]> {
  const complaints: string[] = [];
  for (let number = 1; number <= TURNS; number++) {
    const { code, stdout, stderr } = await home.run(["-m", name, "--session", "long", question(number)]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^Yes\. /) });
    complaints.push(stderr);
  }
  return complaints;
}

/** How often a request does not begin as the one before did: then a provider's cache is of no use. */
function newBeginnings(requests: readonly RecordedRequest[]): number {
  return requests.filter((request, index) => {
    const before = requests[index - 1];
    return before && !Bun.deepEquals(saidIn(request).slice(0, saidIn(before).length), saidIn(before));
  }).length;
}

describe.each([
  ["sliding_window", "anthropic/m"],
  ["smart", "loop/m"],
  ["summarize", "anthropic/m"],
])("forty turns with %s over %s", (strategy, name) => {
  test("stay within the window and keep the system prompt", async () => {
    const { home, requests } = longHome(strategy);
    const complaints = await askAll(home, name);
    const asked = requests.filter((request) => !isSummary(request));
    expect(asked).toHaveLength(TURNS);
    for (const [index, request] of asked.entries()) {
      expect(tokensIn(request)).toBeLessThan(WINDOW);
      expect(JSON.stringify(request.body)).toContain(SYSTEM);
      expect(saidIn(request).at(-1)?.[1]).toEndWith(question(index + 1));
      const roles = saidIn(request)
        .map(([role]) => role)
        .filter((role) => role !== "system");
      expect(roles.join()).toMatch(/^user(,assistant,user)*$/);
    }
    expect(JSON.stringify(asked.at(-1)?.body).includes("Question 1:")).toBe(strategy !== "sliding_window");
    const beginnings = newBeginnings(asked);
    expect(beginnings).toBeGreaterThan(0);
    expect(beginnings).toBeLessThan(TURNS / 3);
    expect(complaints[0]).toBe("");
    const what = strategy === "summarize" ? "summarized" : "left out";
    expect(complaints.at(-1)).toMatch(
      new RegExp(
        `^mcpchat: the conversation is longer than the window of ${name} .*: \\d+ messages are ${what}; .*\n$`,
      ),
    );
    const summaries = requests.filter(isSummary);
    if (strategy !== "summarize") return expect(summaries).toEqual([]);
    // As often as another part is left out, and not with each turn.
    expect(summaries).toHaveLength(beginnings);
    expect(JSON.stringify(asked.at(-1)?.body)).toContain(NOTES);
    for (const summary of summaries) expect(tokensIn(summary)).toBeLessThan(WINDOW);
    const [, second] = summaries;
    expect(second?.prompt).toContain(`<notes>\n${NOTES}`);
  });
});

test("a message that is larger than the window is not sent", async () => {
  const { home, requests } = longHome("smart");
  const refused = await home.run(["-m", "loop/m"], { stdin: "word ".repeat(10_000) });
  const line = expectFailure(refused, 4);
  expect(line).toStartWith("the message alone is larger than the window of loop/m (about ");
  expect(line).toContain('models.settings."loop/m".context_window');
  expect(requests).toEqual([]);
});

test("/context shows what would be sent", async () => {
  const { home } = longHome("smart");
  const chat = home.terminal(["-m", "loop/m"]);
  await chat.until("> ");
  chat.type(`${question(1)}\r`);
  await chat.until("agreed");
  chat.type("/context\r");
  await chat.until("loop/m: about ");
  await chat.until("system prompt");
  await chat.until("2 messages, none is left out");
});

test("mcpchat sessions context says the same of a session, and leaves it as it is", async () => {
  const { home, requests } = longHome("summarize");
  for (const number of [1, 2, 3]) await home.run(["-m", "loop/m", "--session", "long", question(number)]);
  const sent = requests.length;
  const text = await home.run(["sessions", "context", "long"]);
  expectSilentSuccess(text);
  expect(text.stdout).toMatch(
    /^loop\/m: about [\d,]+ of 2,000 tokens \(\d+ %\), 500 are kept for the answer\n/,
  );
  expect(text.stdout).toEndWith("\n  6 messages, none is left out\n");
  const tight = await home.run(["sessions", "context", "-m", "anthropic/m", "--json"]);
  expectSilentSuccess(tight);
  const measured = JSON.parse(tight.stdout);
  expect(measured).toMatchObject({
    model: "anthropic/m",
    window: WINDOW,
    messages: 6,
    left_out: 0,
    fits: true,
  });
  const sum = measured.parts.reduce((total: number, { tokens }: { tokens: number }) => total + tokens, 0);
  expect(measured.tokens).toBe(sum);
  expect(requests).toHaveLength(sent);
  expectFailure(await home.run(["sessions", "context", "nothing"]), 2);
  const list = await home.run(["sessions", "list", "--json"]);
  expect(JSON.parse(list.stdout)).toHaveLength(1);
});
