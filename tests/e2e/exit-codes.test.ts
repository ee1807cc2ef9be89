/** The table of exit codes, each with one line that says what happened and what to do. */
import { describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { expectFailure } from "./complaint.ts";
import { homeWithModel, WIRES } from "./harness.ts";

describe("usage (2)", () => {
  test.each([
    ["a flag that nobody knows", ["--bogus", "x"], "unknown option --bogus; see mcpchat --help"],
    ["a flag that is misspelt", ["--modle", "a/b", "x"], "unknown option --modle; did you mean --model?"],
    ["a letter that nobody knows", ["-Z", "x"], "unknown option -Z"],
    ["a flag without its value", ["x", "-m"], "see mcpchat --help"],
    ["a value for a flag that has none", ["--quiet=yes", "x"], "see mcpchat --help"],
    ["a time that is none", ["--timeout", "soon", "x"], '--timeout takes a number from 0, not "soon"'],
    ["a negative time", ["--timeout=-1", "x"], '--timeout takes a number from 0, not "-1"'],
    ["half a token", ["--max-tokens", "1.5", "x"], '--max-tokens takes a whole number, not "1.5"'],
    ["no turns", ["--max-turns", "0", "x"], "--max-turns takes a number from 1"],
    ["a form that nobody knows", ["-o", "yaml", "x"], '-o takes text, json or ndjson, not "yaml"'],
    [
      "a model without provider",
      ["-m", "hello", "x"],
      "--model hello: should be PROVIDER/MODEL or the path of a .gguf file",
    ],
    [
      "a temperature out of range",
      ["--temperature", "3", "x"],
      '--temperature takes a number from 0 to 2, not "3"',
    ],
    ["two sessions at once", ["-c", "--session", "a", "x"], "exclude each other"],
    ["a seed out of range", ["--seed=-1", "x"], "--seed takes a number from 0 to 4294967295"],
    ["a schema that is not there", ["--schema", "gone.json", "x"], "gone.json: there is no such file"],
    [
      "a schema that is no object",
      ["--schema", "number.json", "x"],
      "number.json: the schema has to be a JSON object",
    ],
    ["a schema that is none", ["--schema", '{"type": "strin"}', "x"], "--schema is no JSON Schema"],
    ["a schema for a chat", ["chat", "--schema", "{}"], "chat takes no schema"],
    ["a file that is not there", ["-f", "gone.txt", "x"], "gone.txt: there is no such file"],
    ["a folder for a file", ["-f", "folder", "x"], "folder: is a folder, not a file"],
    ["a file that is no text", ["-f", "binary", "x"], "binary: seems to be"],
    ["a prompt file that is not there", ["-s", "@gone.txt", "x"], "gone.txt: there is no such file"],
    ["nothing to send", [], "there is nothing to send; give a prompt, or pipe text in"],
    ["a prompt of white space", [" \n "], "there is nothing to send"],
    ["a session that is not there", ["-r", "gone", "x"], "there is no session gone"],
    ["no session to continue", ["-c", "x"], "there is no session to continue"],
    ["a server that is not there", ["--server", "gone", "x"], "there is no server gone"],
    [
      "a subcommand that nobody knows",
      ["sessions", "lst"],
      "unknown command sessions lst; did you mean list?",
    ],
    ["a session to show that is not there", ["sessions", "show", "gone"], "there is no session gone"],
    ["a word too many", ["sessions", "list", "work"], "unexpected argument work; see mcpchat --help"],
    ["a session too many", ["sessions", "show", "a", "b"], "unexpected argument b"],
    ["no session to remove", ["sessions", "rm"], "sessions rm needs an id"],
    ["a session to remove that is not there", ["sessions", "rm", "gone"], "there is no session gone"],
  ])("for %s", async (_, args, line) => {
    const { home, model } = homeWithModel();
    mkdirSync(`${home.work}/folder`);
    home.write("number.json", "5");
    home.write("binary", new Uint8Array([0xff, 0xfe, 0]));
    const result = await home.run(args, { env: { MCPCHAT_MODEL: "openai/hello" } });
    expect(expectFailure(result, 2)).toContain(line);
    expect(result.stdout).toBe("");
    expect(model.requests).toEqual([]);
  });
});

describe("configuration (3)", () => {
  const CHAT = "[chat]\n";
  test.each([
    ["no TOML", 'model = "a/b"\n[chat\n', "config.toml:2:"],
    ["an unknown key", 'modle = "a/b"\n', 'modle: unknown key; did you mean "model"?'],
    [
      "an unknown key in a table",
      `${CHAT}max_turn = 3\n`,
      'chat.max_turn: unknown key; did you mean "max_turns"?',
    ],
    [
      "a number as text",
      `${CHAT}max_turns = "3"\n`,
      "chat.max_turns: should be a whole number of at least 1",
    ],
    ["a number out of range", `${CHAT}temperature = 3\n`, "chat.temperature: should be a number from 0 to 2"],
    ["a text as number", "model = 3\n", "model: should be PROVIDER/MODEL or the path of a .gguf file"],
    [
      "a model without provider",
      'model = "gpt"\n',
      "model: should be PROVIDER/MODEL or the path of a .gguf file",
    ],
    ["an address that is none", '[providers.a]\nbase_url = "x"\n', "providers.a.base_url: should be an http"],
    ["a missing variable", `${CHAT}system = "\${GONE}"\n`, "chat.system: the variable GONE is not set"],
    [
      "a server without a command",
      "[mcp.servers.a]\n",
      "mcp.servers.a: should have either a command or a url",
    ],
    ["several problems", 'modle = "a/b"\nfoo = 1\n', "(and 1 more)"],
  ])("for %s names the file and the key", async (_, config, line) => {
    const { home, model } = homeWithModel();
    home.configure(config);
    const result = await home.run(["-m", "openai/hello", "question"]);
    const told = expectFailure(result, 3);
    expect(told).toStartWith(home.configFile);
    expect(told).toContain(line);
    expect(result.stdout).toBe("");
    expect(model.requests).toEqual([]);
  });

  test.each([
    ["a --config that is not there", ["--config", "gone.toml"], {}, "gone.toml: there is no such file"],
    ["a --config that is a folder", ["--config", "."], {}, "is a folder, not a file"],
    [
      "a variable of a wrong form",
      [],
      { MCPCHAT_MAX_TURNS: "many" },
      "MCPCHAT_MAX_TURNS: should be a whole number",
    ],
    ["an unknown provider", ["-m", "opnai/hello"], {}, "unknown provider opnai; did you mean openai?"],
    ["no key", ["-m", "groq/any"], {}, "no key for groq; set GROQ_API_KEY"],
    [
      "a key that is none",
      ["-m", "openai/any"],
      { OPENAI_API_KEY: "a b" },
      "OPENAI_API_KEY holds characters that no key has",
    ],
    ["no home", [], { HOME: undefined }, "HOME is not set"],
    ["a home that is no path", [], { HOME: "here" }, "HOME is not an absolute path"],
  ])("for %s", async (_, args, env, line) => {
    const { home } = homeWithModel();
    const result = await home.run([...args, "question"], { env });
    expect(expectFailure(result, 3)).toContain(line);
  });
});

describe.each(WIRES)("%s", (wire) => {
  test.each([
    ["unauthorized", "refused the key (401)"],
    ["unknown", "was not found (404)"],
    ["bad-request", "refused the request (400)"],
    ["too-long", "finds the conversation too long"],
    ["quota", "has reached a spending limit"],
  ])("that refuses as %s is 4, at once", async (name, words) => {
    const { home, model } = homeWithModel();
    const result = await home.run(["-m", `${wire}/${name}`, "question"]);
    const line = expectFailure(result, 4);
    expect(line).toStartWith(`${wire}/${name} ${words}`);
    expect(line).not.toContain(`key-of-${wire}`);
    expect(result.stdout).toBe("");
    expect(model.requests).toHaveLength(1);
  });

  test.each([
    ["server", "failed (500)", 3],
    ["overloaded", "is overloaded", 3],
    ["rate-limit", "limits the rate of requests (429)", 3],
    ["early-error", "is overloaded", 3],
    ["bad-gateway", "failed (502)", 3],
    ["garbage", "did not answer as a model provider does", 1],
    ["empty", "broke off its answer", 3],
    ["json", "did not answer as a model provider does", 1],
    ["html", "did not answer as a model provider does", 1],
  ])("that is unavailable as %s is 5", async (name, words, attempts) => {
    const { home, model } = homeWithModel();
    const result = await home.run(["-m", `${wire}/${name}`, "question"]);
    expect(expectFailure(result, 5)).toStartWith(`${wire}/${name} ${words}`);
    expect(result.stdout).toBe("");
    expect(model.requests).toHaveLength(attempts);
  });

  test.each([
    ["cut", "This answer is cut\n", "broke off its answer"],
    ["error-event", "This answer \n", "is overloaded"],
  ])("that breaks off as %s is 5, with what came", async (name, stdout, words) => {
    const { home, model } = homeWithModel();
    const result = await home.run(["-m", `${wire}/${name}`, "question"]);
    expect(expectFailure(result, 5)).toStartWith(`${wire}/${name} ${words}`);
    expect(result.stdout).toBe(stdout);
    expect(model.requests).toHaveLength(1);
  });

  test.each([
    ["stall", "idle_timeout = 2", "stopped sending: nothing for 2 s", "This answer stalls\n"],
    ["hang", "header_timeout = 0.3", "did not answer in time: nothing within 0.3 s", ""],
  ])("that is silent as %s is 5 past the limit", async (name, limit, words, stdout) => {
    const { home, model } = homeWithModel();
    const url = wire === "openai" ? model.openaiUrl : model.url;
    home.configure(`[providers.slow]\nkind = "${wire}"\nbase_url = "${url}"\n${limit}\n`);
    const result = await home.run(["-m", `slow/${name}`, "question"]);
    expect(expectFailure(result, 5)).toStartWith(`slow/${name} ${words}`);
    expect(result.stdout).toBe(stdout);
  });

  test("that nobody listens for is 5", async () => {
    const { home, model } = homeWithModel();
    await model.stop();
    const result = await home.run(["-m", `${wire}/any`, "question"]);
    expect(expectFailure(result, 5)).toStartWith(`${wire}/any cannot be reached: connection refused`);
  });

  test("that is too slow for --timeout is 8, with what came", async () => {
    const { home, model } = homeWithModel();
    const result = await home.run(["-m", `${wire}/stall`, "--timeout", "3", "question"]);
    expect(expectFailure(result, 8)).toBe("not done after 3 s; give it more time with --timeout");
    expect(result.stdout).toBe("This answer stalls\n");
    await model.abandoned;
  });

  test("that is too slow for chat.timeout is 8", async () => {
    const { home } = homeWithModel();
    home.configure("[chat]\ntimeout = 1\n");
    const result = await home.run(["-m", `${wire}/hang`, "question"]);
    expect(expectFailure(result, 8)).toStartWith("not done after 1 s");
  });
});
