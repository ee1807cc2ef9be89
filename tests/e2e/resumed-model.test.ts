/** A session goes on with the model that it is with, unless somebody names another one. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { bigramModel, SENTENCE } from "../fixtures/models/models.ts";
import { CTRL_D, PROMPT, say } from "./chat-dialogue.ts";
import { expectSilentSuccess } from "./complaint.ts";
import { Home, homeWithModel } from "./harness.ts";

setDefaultTimeout(120_000);

const NOWHERE = { OLLAMA_HOST: "127.0.0.1:1" };
const KEYLESS = { ANTHROPIC_API_KEY: undefined, OPENAI_API_KEY: undefined, ...NOWHERE };
const HELLO = { provider: "openai", model: "hello" };

/** Asks, and tells who answered. */
async function answerer(home: Home, args: string[], env: Record<string, string | undefined> = {}) {
  const result = await home.run([...args, "--json"], { env });
  expect(result.code).toBe(0);
  const { provider, model, session } = JSON.parse(result.stdout);
  return { session, by: { provider, model }, stderr: result.stderr };
}

describe.each([
  ["-c", () => ["-c"]],
  ["-r", (id: string) => ["-r", id]],
  ["--session", () => ["--session", "work"]],
])("%s", (_, resume) => {
  test("goes on with the local model of the session, though there is a key by now", async () => {
    const { home, model } = homeWithModel();
    const path = await bigramModel();
    const { session } = await answerer(home, ["-m", path, "--session", "work", "hi"]);
    const result = await home.run([...resume(session), "--json", "more"]);
    expectSilentSuccess(result);
    expect(JSON.parse(result.stdout)).toMatchObject({ provider: "local", model: path, text: SENTENCE });
    expect(model.requests).toEqual([]);
  });

  test("goes on with the provider of the session, which is not the first that there is", async () => {
    const { home } = homeWithModel();
    const { session } = await answerer(home, ["-m", "openai/hello", "--session", "work", "hi"]);
    expect((await answerer(home, [...resume(session), "more"])).by).toEqual(HELLO);
  });
});

test.each<[string, string[], Record<string, string>, string]>([
  ["a flag", ["-m", "anthropic/hello"], {}, ""],
  ["the environment", [], { MCPCHAT_MODEL: "anthropic/hello" }, ""],
  ["the configuration", [], {}, 'model = "anthropic/hello"\n'],
])("%s names another model", async (_, flags, env, toml) => {
  const { home } = homeWithModel();
  await answerer(home, ["-m", "openai/hello", "hi"]);
  if (toml !== "") home.configure(toml);
  const { by } = await answerer(home, ["-c", ...flags, "more"], env);
  expect(by).toEqual({ provider: "anthropic", model: "hello" });
});

describe("a model that cannot be used any more is told in one line, and another answers", () => {
  test("its file is gone", async () => {
    const home = new Home(NOWHERE);
    const path = join(home.work, "m.gguf");
    copyFileSync(await bigramModel(), path);
    await answerer(home, ["-m", path, "hi"]);
    rmSync(path);
    const { by, stderr } = await answerer(home, ["-c", "more"]);
    expect(by).toEqual({ provider: "local", model: "demo" });
    const [line, label] = stderr.split("\n");
    expect(line).toStartWith(`mcpchat: this session was with local/${path}, which cannot be used (`);
    expect(line).toEndWith("); local/demo answers instead");
    expect(label).toContain("built-in demo");
  });

  test("its key is gone", async () => {
    const { home } = homeWithModel();
    await answerer(home, ["-m", "openai/hello", "hi"]);
    const keyless = { OPENAI_API_KEY: undefined, OPENAI_BASE_URL: undefined };
    const { by, stderr } = await answerer(home, ["-c", "more"], keyless);
    expect(by.provider).toBe("anthropic");
    expect(stderr).toMatch(
      /^mcpchat: this session was with openai\/hello, which cannot be used \(no key for openai\); anthropic\/\S+ answers instead\n$/,
    );
  });

  test("its provider is not known any more", async () => {
    const { home, model } = homeWithModel();
    home.configure(`[providers.mine]\nbase_url = "${model.openaiUrl}"\n`);
    await answerer(home, ["-m", "mine/hello", "hi"]);
    home.configure("");
    const { by, stderr } = await answerer(home, ["-c", "more"]);
    expect(by.provider).toBe("anthropic");
    expect(stderr).toContain("mine/hello, which cannot be used (unknown provider mine);");
  });
});

test("the demo's session is nobody's: what there is by now takes over", async () => {
  const { home } = homeWithModel();
  const { by } = await answerer(home, ["hi"], KEYLESS);
  expect(by.model).toBe("demo");
  expect((await answerer(home, ["-c", "more"])).by.provider).toBe("anthropic");
});

test("a chat goes on with the model of its session", async () => {
  const { home, model } = homeWithModel();
  const path = await bigramModel();
  await answerer(home, ["-m", path, "hi"]);
  const pty = home.terminal(["-c"]);
  await pty.until("; /help");
  await pty.until(PROMPT);
  await say(pty, "more", SENTENCE.slice(-20));
  pty.type(CTRL_D);
  expect(await pty.exited).toBe(0);
  expect(model.requests).toEqual([]);
});
