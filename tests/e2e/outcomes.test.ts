/** The outcome table before the stream begins: each way to fail, over each API, as the executable tells it. */
import { describe, expect, test } from "bun:test";
import { behave } from "../fixtures/model-server/behaviours.ts";
import { fails, says } from "../fixtures/model-server/script.ts";
import { APIS, homeWithApis, SECRET } from "./apis.ts";
import { expectFailure } from "./complaint.ts";
import { expectOutcome, expectSecretKept, type Outcome } from "./outcomes.ts";

const LATER = "try again later, or choose another model with -m";

/** Tried three times; the network's and the server's fault. */
const AWAY: [name: string, kind: string, words: string, advice: string][] = [
  ["server", "server", "failed (500)", LATER],
  ["bad-gateway", "server", 'failed (502): a web page, "502 Bad Gateway"', LATER],
  ["unavailable", "overloaded", "is overloaded (503)", LATER],
  ["overloaded", "overloaded", "is overloaded (5", LATER],
  ["request-timeout", "timeout", "did not answer in time (408)", "choose another model with -m"],
  ["conflict", "conflict", "reported a conflict (409)", ""],
  ["rate-limit", "rate_limit", "limits the rate of requests (429)", LATER],
  ["reset", "network", "cannot be reached: ", "check the network, that the server runs, and base_url"],
];

/** Asked once: another time would change nothing. */
const REFUSED: [name: string, kind: string, words: string, advice: string][] = [
  ["bad-request", "bad_request", "refused the request (400)", ""],
  ["unauthorized", "auth", "refused the key (401)", "api_key of [providers."],
  ["forbidden", "auth", "refused the key (403)", "api_key of [providers."],
  ["unknown", "not_found", "was not found (404)", "check the model's name"],
  ["too-large", "too_long", "finds the conversation too long (413)", "start a new session, or send less"],
  ["too-long", "too_long", "finds the conversation too long (4", "start a new session, or send less"],
  ["unprocessable", "bad_request", "refused the request (422)", ""],
  ["quota", "quota", "has reached a spending limit (4", "add credit at the provider"],
];

const STRANGE = "did not answer as a model provider does";
const FOREIGN: [name: string, words: string][] = [
  ["redirect", `${STRANGE} (307): it redirects to http://elsewhere.invalid/v1`],
  ["html", `${STRANGE}: a web page came instead of a stream`],
  ["json", `${STRANGE}: a JSON document came instead of a stream`],
];

const over5 = (kind: string, words: string, advice: string): Omit<Outcome, "attempts"> => ({
  kind,
  exitCode: 5,
  words,
  advice,
});

describe.each(APIS)("%s", (api) => {
  test.each(AWAY)("%s is tried three times", async (name, kind, words, advice) => {
    await expectOutcome(homeWithApis(), api, name, { ...over5(kind, words, advice), attempts: 3 });
  });

  test.each(REFUSED)("%s is told at once", async (name, kind, words, advice) => {
    await expectOutcome(homeWithApis(), api, name, { kind, exitCode: 4, words, advice, attempts: 1 });
  });

  test.each(FOREIGN)("%s is no provider", async (name, words) => {
    const outcome = { ...over5("protocol", words, "check base_url of [providers."), attempts: 1 };
    await expectOutcome(homeWithApis(), api, name, outcome);
  });

  test.each([
    ["rate-limit-60", "60 s"],
    ["rate-limit-date", "3"],
  ])("%s is not waited for", async (name, wait) => {
    const words = "limits the rate of requests (429)";
    const outcome = { ...over5("rate_limit", words, `try again in ${wait}`), attempts: 1 };
    await expectOutcome(homeWithApis(), api, name, outcome);
  });

  test("headers that never come are waited for once: a server on this machine would only begin anew", async () => {
    const words = "did not answer in time: nothing within 0.2 s";
    const outcome = { ...over5("timeout", words, "raise header_timeout of [providers."), attempts: 1 };
    await expectOutcome(homeWithApis(undefined, "header_timeout = 0.2"), api, "hang", outcome);
  });

  test("nobody there is tried three times", async () => {
    const { home, model } = homeWithApis();
    await model.stop();
    const result = await home.run(["-m", `${api}/any`, "--json", "question"]);
    const line = expectFailure(result, 5);
    expect(line).toStartWith(`${api}/any cannot be reached: connection refused (${model.url})`);
    expect(result.stderr.match(/trying again/g)).toHaveLength(2);
    expect(JSON.parse(result.stdout)).toMatchObject({ text: "", error: { code: "network", exit_code: 5 } });
    expectSecretKept(result, home);
  });

  test("a second that it asks to wait is waited", async () => {
    const { home, model } = homeWithApis();
    const { code, stdout } = await home.run(["-m", `${api}/rate-limit-1`, "question"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "Hello! How can I help you today?\n" });
    const [first, second] = model.requests;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(990);
    expect(model.requests).toHaveLength(2);
  });

  test("a moment that it names is waited for", async () => {
    // Whole seconds are all that a date can say.
    const moment = Math.ceil(Date.now() / 1000) * 1000 + 2_000;
    const { home, model } = homeWithApis([
      fails("rate_limit", { "retry-after": new Date(moment).toUTCString() }),
      says("Paris."),
    ]);
    const { code, stdout } = await home.run(["-m", `${api}/any`, "question"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "Paris.\n" });
    expect(model.requests[1]?.wall ?? 0).toBeGreaterThanOrEqual(moment - 10);
    expect(model.requests).toHaveLength(2);
  });

  test("whoever repeats the key does not get it shown", async () => {
    const message = `no such key: ${SECRET}`;
    const { home } = homeWithApis([{ kind: "error", failure: "unauthorized", message }]);
    const result = await home.run(["-m", `${api}/any`, "--json", "-v", "question"]);
    expect(result.code).toBe(4);
    expect(JSON.parse(result.stdout).error.message).toEndWith("no such key: [key]");
    expectSecretKept(result, home);
  });

  test("the key is sent, and nothing of a failure stays in the way of the next run", async () => {
    const { home, model } = homeWithApis((request) =>
      behave(request, { arguments: {}, behaviour: request.index === 0 ? "unauthorized" : "hello" }),
    );
    expect((await home.run(["-m", `${api}/any`, "question"])).code).toBe(4);
    expect((await home.run(["-m", `${api}/any`, "question"])).code).toBe(0);
    const sent = model.requests.map(({ headers }) => headers["x-api-key"] ?? headers.authorization);
    expect(sent.map((key) => key?.replace("Bearer ", ""))).toEqual([SECRET, SECRET]);
  });
});
