/** A new user: no key, no model, no network. The demo answers, by the same llama.cpp as any model, and says what it is. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bigramModel, SENTENCE } from "../fixtures/models/models.ts";
import { CTRL_D, PROMPT, say } from "./chat-dialogue.ts";
import { expectFailure, expectSilentSuccess } from "./complaint.ts";
import { Home, homeWithModel } from "./harness.ts";
import { homeWithServers } from "./mcp-servers.ts";

setDefaultTimeout(120_000);

const LABEL = "mcpchat: no model is configured: this is the built-in demo, which knows a few sentences; ";
const NOWHERE = { OLLAMA_HOST: "127.0.0.1:1" };

const demoFolder = (home: Home) => join(home.folder, ".cache/mcpchat/demo");

describe("with nothing configured", () => {
  test("the demo answers, is told for what it is, and names the ways to a real model", async () => {
    const home = new Home(NOWHERE);
    const result = await home.run(["--json", "hi"]);
    expect(result.stderr).toStartWith(LABEL);
    expect({ code: result.code, lines: result.stderr.trimEnd().split("\n").length }).toEqual({
      code: 0,
      lines: 1,
    });
    const { provider, model, text, tools, servers } = JSON.parse(result.stdout);
    expect({ provider, model }).toEqual({ provider: "local", model: "demo" });
    for (const way of ["ANTHROPIC_API_KEY", "Ollama", "models pull"]) expect(text).toContain(way);
    expect(tools).toEqual([]);
    expect(servers).toEqual([expect.objectContaining({ name: "clock", state: "ready" })]);
  });

  test("asked for the time, it calls its clock and reads it", async () => {
    const result = await new Home(NOWHERE).run(["--json", "what time is it?"]);
    const { text, tools } = JSON.parse(result.stdout);
    expect(tools).toEqual([expect.objectContaining({ server: "clock", ok: true })]);
    expect(text).toMatch(/\b\d{2}:\d{2}:\d{2}\b/);
  });

  test("a call that is denied is not told as one that was made", async () => {
    const { stdout, stderr } = await new Home(NOWHERE).run(["--deny", "*", "what time is it?"]);
    expect(stdout).toContain("got no time back");
    expect(stderr).toContain("denied");
  });

  test("reads a long text, and what is too long for it needs another model", async () => {
    const home = new Home(NOWHERE);
    const long = await home.run(["-q", "hi"], { stdin: "lorem ipsum ".repeat(1_000) });
    expect(long.code).toBe(0);
    const tooLong = await home.run(["-q", "hi"], { stdin: "lorem ipsum ".repeat(100_000) });
    expect(expectFailure(tooLong, 4)).toContain("this is the demo: name a real model with -m");
  });

  test("is passed over for no model: a file that is none goes with a line", async () => {
    const home = new Home(NOWHERE);
    const folder = join(home.folder, ".local/share/mcpchat/models");
    home.write(join(folder, "zz.gguf"), "");
    const { code, stderr, stdout } = await home.run(["--json", "hi"]);
    expect({ code, model: JSON.parse(stdout).model }).toEqual({ code: 0, model: "demo" });
    expect(stderr).toContain("zz.gguf is passed over: it is not a GGUF model");
  });

  test("without tools it answers all the same, and starts no server", async () => {
    const result = await new Home(NOWHERE).run(["--json", "--no-tools", "hi"]);
    expect(result.code).toBe(0);
    expect(JSON.parse(result.stdout)).toMatchObject({ model: "demo", tools: [], servers: [] });
  });

  test("-q leaves the answer alone", async () => {
    const result = await new Home(NOWHERE).run(["-q", "hi"]);
    expectSilentSuccess(result);
    expect(result.stdout).toContain("demo");
  });

  test("its file is repaired when it is damaged", async () => {
    const home = new Home(NOWHERE);
    expect((await home.run(["hi"])).code).toBe(0);
    const [name = ""] = readdirSync(demoFolder(home));
    const file = join(demoFolder(home), name);
    const whole = readFileSync(file);
    writeFileSync(file, whole.subarray(0, whole.length / 2));
    expect((await home.run(["hi"])).code).toBe(0);
    expect(readFileSync(file)).toEqual(whole);
    expect(readdirSync(demoFolder(home))).toEqual([name]);
  });
});

describe("the clock is the demo's alone", () => {
  test("who asks for the demo by its name gets it too, and no label", async () => {
    const result = await new Home(NOWHERE).run(["--json", "-m", "local/demo", "what time is it?"]);
    expectSilentSuccess(result);
    const { model, text, tools } = JSON.parse(result.stdout);
    expect({ model, tools }).toEqual({
      model: "demo",
      tools: [expect.objectContaining({ server: "clock", ok: true })],
    });
    expect(text).toMatch(/\b\d{2}:\d{2}:\d{2}\b/);
  });

  test("who has servers keeps to them", async () => {
    const { home } = homeWithServers({ good: { mode: "good" } });
    const env = { ANTHROPIC_API_KEY: undefined, OPENAI_API_KEY: undefined, ...NOWHERE };
    const { stdout } = await home.run(["--json", "hi"], { env });
    expect(JSON.parse(stdout).servers.map(({ name }: { name: string }) => name)).toEqual(["good"]);
  });

  test("who has a key talks to the provider", async () => {
    const { home, model } = homeWithModel();
    const result = await home.run(["--json", "hi"]);
    expect(JSON.parse(result.stdout)).toMatchObject({ provider: "anthropic", servers: [] });
    expect(model.requests).toHaveLength(1);
  });
});

describe("a chat with nothing configured", () => {
  async function open() {
    const home = new Home(NOWHERE);
    const pty = home.terminal([]);
    await pty.until("no model is configured");
    await pty.until("local/demo; /help");
    await pty.until(PROMPT);
    return { home, pty };
  }

  test("has the demo and its clock, until the user names a model", async () => {
    const { home, pty } = await open();
    await say(pty, "/servers", "clock: ");
    home.write("m.gguf", readFileSync(await bigramModel()));
    await say(pty, "/model m.gguf", "local/./m.gguf");
    await say(pty, "/servers", "No MCP server is configured.");
    await say(pty, "hello", SENTENCE.slice(-20));
    pty.type(CTRL_D);
    expect(await pty.exited).toBe(0);
  });

  test("tells of a file that is no model once, not with each turn", async () => {
    const home = new Home(NOWHERE);
    home.write(join(home.folder, ".local/share/mcpchat/models/zz.gguf"), "");
    const pty = home.terminal([]);
    await pty.until("is passed over");
    await pty.until(PROMPT);
    for (const _ of [1, 2]) await say(pty, "thanks", "You are welcome!");
    pty.type(CTRL_D);
    expect(await pty.exited).toBe(0);
    expect(pty.output().split("is passed over")).toHaveLength(2);
  });

  test("takes a model that comes into the folder for the demo, and keeps to it when another one comes", async () => {
    const { home, pty } = await open();
    const folder = join(home.folder, ".local/share/mcpchat/models");
    home.write(join(folder, "first.gguf"), readFileSync(await bigramModel()));
    await say(pty, "hello", "local/first answers from now on", SENTENCE.slice(-20));
    home.write(join(folder, "second.gguf"), "no model at all");
    await say(pty, "hello", SENTENCE.slice(-20));
    await say(pty, "/model", "local/first");
    pty.type(CTRL_D);
    expect(await pty.exited).toBe(0);
  });
});

test("where the demo cannot be written, a line says so and what to do", async () => {
  const home = new Home(NOWHERE);
  home.write(join(home.folder, ".cache/mcpchat"), "a file in the place of the folder");
  expect(expectFailure(await home.run(["-q", "hi"]), 3)).toContain("set XDG_CACHE_HOME");
});
