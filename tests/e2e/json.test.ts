/** `--json` and `-o ndjson`: every key of the contract, whatever happened. */
import { describe, expect, test } from "bun:test";
import { says } from "../fixtures/model-server/script.ts";
import { expectFailure, expectSilentSuccess } from "./complaint.ts";
import { homeWithModel, WIRES } from "./harness.ts";
import { eventually, type Result } from "./program.ts";
import { storedMessages } from "./stored.ts";

const ALWAYS = [
  "session",
  "provider",
  "model",
  "text",
  "stop_reason",
  "usage",
  "cost_usd",
  "ttft_ms",
  "duration_ms",
  "tools",
  "servers",
];

const SUCCESS = {
  session: expect.stringMatching(/^\S+$/),
  model: "any",
  text: "Paris.",
  stop_reason: "end",
  usage: { input: 11, output: 7, cache_read: 0, cache_write: 0 },
  cost_usd: null,
  ttft_ms: expect.any(Number),
  duration_ms: expect.any(Number),
  tools: [],
  servers: [],
};

/** What is known of a run that never began; its error and duration apart. */
const NOTHING = {
  session: null,
  provider: null,
  model: null,
  text: "",
  stop_reason: "error",
  usage: { input: 0, output: 0, cache_read: 0, cache_write: 0 },
  cost_usd: null,
  ttft_ms: null,
  tools: [],
  servers: [],
};

/** One line of standard output, as one object. */
function objectOf({ stdout }: Result): Record<string, unknown> {
  expect(stdout).toMatch(/^\{.*\}\n$/);
  return JSON.parse(stdout);
}

/** What standard error says of the same failure. */
function lineOf(error: unknown): string {
  const { message, advice } = error as { message: string; advice?: string }; // Compared with what was written.
  return advice === undefined ? message : `${message}; ${advice}`;
}

describe.each(WIRES)("--json with %s", (wire) => {
  test("tells of a success", async () => {
    const { home } = homeWithModel([says(["Pa", "ris.\n\n"])]);
    const result = await home.run(["-m", `${wire}/any`, "--json", "question"]);
    expectSilentSuccess(result);
    const object = objectOf(result);
    expect(Object.keys(object)).toEqual(ALWAYS);
    expect(object).toEqual({ ...SUCCESS, provider: wire });
  });

  test("tells what was read from the cache, and why an answer is short", async () => {
    const usage = { input: 5, output: 3, cacheRead: 40 };
    const { home } = homeWithModel([{ kind: "answer", text: "Par", usage, stopReason: "max_tokens" }]);
    const object = objectOf(await home.run(["-m", `${wire}/any`, "-o", "json", "question"]));
    expect(object.stop_reason).toBe("max_tokens");
    expect(object.usage).toEqual({ input: 5, output: 3, cache_read: 40, cache_write: 0 });
  });

  test("has no session when nothing is saved", async () => {
    const { home } = homeWithModel();
    const object = objectOf(await home.run(["-m", `${wire}/hello`, "--json", "--no-save", "question"]));
    expect(object.session).toBeNull();
  });

  test.each([
    ["a refusal", "unauthorized", 4, "", { code: "auth" }],
    ["an answer that is cut off", "cut", 5, "This answer is cut", { code: "cut_off" }],
    ["an error in the stream", "error-event", 5, "This answer", { code: "overloaded" }],
    ["a limit of time", "stall", 8, "This answer stalls", { code: "timeout" }],
  ])("tells of %s, with what came before", async (_, name, code, text, error) => {
    const { home } = homeWithModel();
    const result = await home.run(["-m", `${wire}/${name}`, "--json", "--timeout", "3", "question"]);
    const line = expectFailure(result, code);
    const object = objectOf(result);
    expect(Object.keys(object)).toEqual([...ALWAYS, "error"]);
    expect(object).toMatchObject({ provider: wire, model: name });
    expect(object.session).toBeString();
    expect(String(object.text).trimEnd()).toBe(text);
    expect(object.error).toMatchObject({ ...error, exit_code: code });
    expect(line).toBe(lineOf(object.error));
  });

  test.each([
    ["SIGINT", 130, "interrupted"],
    ["SIGTERM", 143, "terminated"],
  ] as const)("tells of %s, with what came before", async (signal, code, word) => {
    const { home, model } = homeWithModel();
    const program = home.start(["-m", `${wire}/stall`, "--json", "question"]);
    await eventually("the request", () => model.requests.length === 1);
    await eventually(
      "the answer on disk",
      () => storedMessages(home).at(-1)?.text.endsWith("stalls") ?? false,
    );
    program.kill(signal);
    const result = await program.exited;
    expect(expectFailure(result, code)).toBe(word);
    expect(objectOf(result)).toMatchObject({
      text: "This answer stalls",
      stop_reason: "interrupted",
      error: { code: word, exit_code: code },
    });
    await model.abandoned;
  });
});

describe("--json", () => {
  test.each([
    ["a configuration that is no TOML", "model = ", ["question"], 3, "configuration"],
    ["a key that nobody knows", 'modle = "a/b"', ["question"], 3, "configuration"],
    ["nothing to send", "", [], 2, "usage"],
    ["a file that is not there", "", ["-f", "missing.txt", "question"], 2, "usage"],
    ["a session that is not there", "", ["-r", "missing", "question"], 2, "usage"],
    ["a server that is not there", "", ["--server", "missing", "question"], 2, "usage"],
    ["a system prompt that is not there", "", ["-s", "@missing.txt", "question"], 2, "usage"],
    ["a number that is none", "", ["--timeout", "soon", "question"], 2, "usage"],
    ["a flag that nobody knows", "", ["--bogus", "question"], 2, "usage"],
    ["a provider that nobody knows", "", ["-m", "nobody/any", "question"], 3, "configuration"],
  ])("tells of %s", async (_, config, args, code, word) => {
    const { home, model } = homeWithModel();
    if (config) home.configure(config);
    const result = await home.run(["-m", "openai/hello", "--json", ...args]);
    const line = expectFailure(result, code);
    const object = objectOf(result);
    expect(Object.keys(object)).toEqual([...ALWAYS, "error"]);
    expect(object).toMatchObject({ text: "", stop_reason: "error", error: { code: word, exit_code: code } });
    expect(line).toBe(lineOf(object.error));
    expect(model.requests).toEqual([]);
  });

  test("contradicts another form", async () => {
    const { home } = homeWithModel();
    const result = await home.run(["-m", "openai/hello", "--json", "-o", "ndjson", "question"]);
    expect(expectFailure(result, 2)).toContain("--json and -o ndjson contradict each other");
  });
});

describe.each(WIRES)("-o ndjson with %s", (wire) => {
  const run = async (name: string, ...args: string[]) => {
    const { home } = homeWithModel();
    const result = await home.run(["-m", `${wire}/${name}`, "-o", "ndjson", ...args, "question"]);
    expect(result.stdout).toEndWith("\n");
    const events: Record<string, unknown>[] = result.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    return { result, events };
  };

  test("tells each event on a line, and is done", async () => {
    const { result, events } = await run("hello");
    expectSilentSuccess(result);
    expect(events[0]).toEqual({ type: "request", number: 1, provider: wire, model: "hello" });
    const texts = events.filter(({ type }) => type === "text").map(({ text }) => text);
    expect(texts.length).toBeGreaterThan(1);
    expect(texts.join("")).toBe("Hello! How can I help you today?");
    expect(events.at(-2)).toEqual({ type: "usage", input: 11, output: 7, cache_read: 0, cache_write: 0 });
    const last = events.at(-1) ?? {};
    expect(Object.keys(last)).toEqual(["type", ...ALWAYS]);
    expect(last).toEqual({
      ...SUCCESS,
      type: "done",
      provider: wire,
      model: "hello",
      text: "Hello! How can I help you today?",
    });
  });

  test("tells of retries, and is done", async () => {
    const { result, events } = await run("flaky-2");
    expect(result.code).toBe(0);
    expect(events.filter(({ type }) => type === "retry")).toMatchObject([
      { attempt: 2, delay_ms: expect.any(Number), reason: expect.stringContaining("overloaded") },
      { attempt: 3, delay_ms: expect.any(Number), reason: expect.stringContaining("overloaded") },
    ]);
    expect(events.at(-1)).toMatchObject({ type: "done", text: "Hello! How can I help you today?" });
  });

  test("ends in an error with the partial text", async () => {
    const { result, events } = await run("cut");
    expectFailure(result, 5);
    const last = events.at(-1) ?? {};
    expect(Object.keys(last)).toEqual(["type", ...ALWAYS, "error"]);
    expect(last).toMatchObject({
      type: "error",
      text: "This answer is cut",
      error: { code: "cut_off", exit_code: 5 },
    });
  });

  test("ends in an error before any request", async () => {
    const { result, events } = await run("hello", "-f", "missing.txt");
    expectFailure(result, 2);
    expect(events).toHaveLength(1);
    const [{ error, duration_ms, ...rest } = { error: undefined }] = events;
    expect(error).toMatchObject({ code: "usage", exit_code: 2 });
    expect(duration_ms).toBeNumber();
    expect(rest).toEqual({ type: "error", ...NOTHING });
  });

  test("ends in an error when it is interrupted", async () => {
    const { home } = homeWithModel();
    const program = home.start(["-m", `${wire}/stall`, "-o", "ndjson", "question"]);
    await program.until("stdout", '"stalls"');
    program.kill("SIGINT");
    const { code, stdout } = await program.exited;
    expect(code).toBe(130);
    expect(JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "")).toMatchObject({
      type: "error",
      text: "This answer stalls",
      error: { code: "interrupted" },
    });
  });
});
