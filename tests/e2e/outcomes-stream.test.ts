/**
 * The outcome table within the stream. What broke before a word was shown is tried again; what broke after it is told,
 * with what came, and never begun anew.
 */
import { describe, expect, test } from "bun:test";
import { APIS, homeWithApis } from "./apis.ts";
import { expectFailure } from "./complaint.ts";
import { expectOutcome } from "./outcomes.ts";
import { storedMessages } from "./stored.ts";

const QUICK = "idle_timeout = 0.5";
/** To ask again would begin anew. */
const KEPT = "what came is kept: mcpchat -c goes on with it";
const LATER = "try again later, or choose another model with -m";

const BEFORE: [name: string, kind: string, words: string, advice: string, attempts: number][] = [
  ["early-error", "overloaded", "is overloaded", LATER, 3],
  ["early-failed-event", "server", "failed", LATER, 3],
  ["early-cut", "cut_off", "broke off its answer: the connection broke", "try again", 3],
  ["early-end", "cut_off", "broke off its answer: the stream ended too soon", "try again", 3],
  ["early-damage", "cut_off", "broke off its answer: damaged after", "try again", 3],
  ["early-stall", "idle", "stopped sending: nothing for 0.5 s", "raise idle_timeout of [providers.", 3],
  ["empty", "cut_off", "broke off its answer: the stream was empty", "try again", 3],
  ["garbage", "protocol", "did not answer as a model provider does", "check base_url of [providers.", 1],
  ["bytes", "protocol", "did not answer as a model provider does", "check base_url of [providers.", 1],
];

const AFTER: [name: string, kind: string, words: string, text: string][] = [
  ["cut", "cut_off", "broke off its answer: the connection broke", "This answer is cut"],
  ["early", "cut_off", "broke off its answer: the stream ended", "This answer ends early"],
  ["damaged", "cut_off", "broke off its answer: damaged after", "This answer is damaged"],
  ["stall", "idle", "stopped sending: nothing for 0.5 s", "This answer stalls"],
  ["error-event", "overloaded", "is overloaded", "This answer"],
  ["nested-error", "overloaded", "is overloaded", "This answer"],
  ["failed-event", "server", "failed", "This answer"],
];

describe.each(APIS)("%s", (api) => {
  test.each(BEFORE)("%s shows nothing", async (name, kind, words, advice, attempts) => {
    const outcome = { kind, exitCode: 5, words, advice, attempts };
    await expectOutcome(homeWithApis(undefined, QUICK), api, name, outcome);
  });

  test.each(AFTER)("%s keeps what came", async (name, kind, words, text) => {
    const { home, model } = homeWithApis(undefined, QUICK);
    await expectOutcome({ home, model }, api, name, {
      kind,
      exitCode: 5,
      words,
      advice: KEPT,
      attempts: 1,
      text,
    });
    expect(storedMessages(home).at(-1)).toMatchObject({ role: "assistant", status: "partial" });
    const plain = await home.run(["-m", `${api}/${name}`, "question"]);
    expectFailure(plain, 5);
    expect(plain.stdout.trimEnd()).toBe(text);
  });
});
