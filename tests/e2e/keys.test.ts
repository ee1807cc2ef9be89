/** `mcpchat keys set|list|rm`: keys are kept, used, and never shown. */
import { describe, expect, onTestFinished, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { behave } from "../fixtures/model-server/behaviours.ts";
import { startModelServer } from "../fixtures/model-server/server.ts";
import { expectFailure, expectSilentSuccess } from "./complaint.ts";
import { Home } from "./harness.ts";
import { rawServers } from "./mcp-servers.ts";

setDefaultTimeout(120_000);

const KEY = "sk-secret-0123456789-wxyz";
const HELLO = "Hello! How can I help you today?\n";

/** A home without any key, and a server that both built-in providers lead to, and that wants this key. */
function homeWithout(apiKey = KEY) {
  const model = startModelServer((request) => behave(request, { arguments: { message: "hello" } }), {
    apiKey,
  });
  onTestFinished(() => model.stop());
  const home = new Home({ ANTHROPIC_BASE_URL: model.url, OPENAI_BASE_URL: model.openaiUrl });
  const file = join(home.folder, ".local/share/mcpchat/keys.json");
  return { home, model, file };
}

/** What all files of a home say, but those of one name. */
function everythingIn(home: Home, except: string): string {
  const names = readdirSync(home.folder, { recursive: true, encoding: "utf8" });
  const files = names.map((name) => join(home.folder, name)).filter((name) => statSync(name).isFile());
  return files
    .filter((name) => name !== except)
    .map((name) => readFileSync(name, "latin1"))
    .join("\n");
}

describe("keys set", () => {
  test("reads a line from a pipe, and keeps it for the user alone", async () => {
    const { home, file } = homeWithout();
    const result = await home.run(["keys", "set", "openai"], { stdin: `  ${KEY} \r\nsecond line\n` });
    expectSilentSuccess(result);
    expect(result.stdout).toBe(`the key of openai (…wxyz) is kept in ${file}\n`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(file, "..")).mode & 0o777).toBe(0o700);
    expect(JSON.parse(readFileSync(file, "utf8")).keys).toEqual({ openai: { key: KEY } });
  });

  test("does not wait for more than a line", async () => {
    const { home } = homeWithout();
    const setting = home.start(["keys", "set", "openai", "--json"], { stdin: "open" });
    setting.write(`${KEY}\n`);
    const { code, stdout } = await setting.exited;
    expect({ code, stdout: JSON.parse(stdout) }).toEqual({
      code: 0,
      stdout: { provider: "openai", kept_in: "file", ends_with: "wxyz" },
    });
  });

  test("on a terminal asks without showing what is typed", async () => {
    const { home, file } = homeWithout();
    const terminal = home.terminal(["keys", "set", "openai"]);
    await terminal.until("Key of openai (not shown): ");
    terminal.type(`wrong\x15\x1b[200~ ${KEY}\x1b[201~`);
    terminal.type("x\x7f \r");
    expect(await terminal.exited).toBe(0);
    expect(terminal.isSane()).toBe(true);
    expect(terminal.output()).not.toContain("secret");
    expect(terminal.output()).not.toContain("wrong");
    expect(JSON.parse(readFileSync(file, "utf8")).keys.openai.key).toBe(KEY);
  });

  test.each([
    ["Ctrl-C", "sk-1\x03", 130],
    ["Ctrl-D", "\x04", 2],
    ["nothing", " \r", 2],
  ])("on a terminal is given up by %s", async (_, keys, code) => {
    const { home, file } = homeWithout();
    const terminal = home.terminal(["keys", "set", "openai"]);
    await terminal.until("(not shown): ");
    terminal.type(keys);
    expect(await terminal.exited).toBe(code);
    expect(terminal.isSane()).toBe(true);
    expect(existsSync(file)).toBe(false);
  });

  test("gives the terminal back when it is ended", async () => {
    const { home } = homeWithout();
    const terminal = home.terminal(["keys", "set", "openai"]);
    await terminal.until("(not shown): ");
    terminal.kill("SIGTERM");
    expect(await terminal.exited).toBe(143);
    expect(terminal.isSane()).toBe(true);
  });

  test.each([
    ["no provider", [], `${KEY}\n`, "whose key?; mcpchat keys set PROVIDER"],
    ["one that is misspelt", ["opnai"], `${KEY}\n`, "unknown provider opnai; did you mean openai?"],
    ["the models in here", ["local"], `${KEY}\n`, "models inside mcpchat need no key"],
    ["a key in the command line", ["openai", KEY], "", "a key is not taken from the command line"],
    ["a key in the provider's place", [KEY], "", "unknown provider; there are anthropic"],
    ["a key as an option", ["openai", `--key=${KEY}`], "", "unknown option --key"],
    ["an empty line", ["openai"], "\n", "no key was given; nothing is changed"],
    ["nothing", ["openai"], undefined, "no key was given"],
    ["two words", ["openai"], "sk secret\n", "that holds characters that no key has"],
    ["a variable with it", ["openai"], `OPENAI_API_KEY=${KEY}\n`, "that is more than a key"],
    ["quotes around it", ["openai"], `"${KEY}"\n`, "that is more than a key"],
    ["what is no text", ["openai"], "\u0000\u0001\n", "that holds characters that no key has"],
    ["what is too much", ["openai"], "k".repeat(100_000), "standard input is larger than"],
  ])("of %s is refused in a line without the key", async (_, args, stdin, line) => {
    const { home, file } = homeWithout();
    const result = await home.run(["keys", "set", ...args], stdin === undefined ? {} : { stdin });
    expect(expectFailure(result, 2)).toContain(line);
    expect(result.stdout + result.stderr).not.toContain("secret");
    expect(existsSync(file)).toBe(false);
  });

  test("tells of a key that comes first", async () => {
    const { home } = homeWithout();
    const env = { OPENAI_API_KEY: "another" };
    const result = await home.run(["keys", "set", "openai"], { stdin: KEY, env });
    expect(result).toMatchObject({
      code: 0,
      stderr: "mcpchat: the key of openai in OPENAI_API_KEY comes before this one\n",
    });
  });

  test("by many processes at once loses none", async () => {
    const { home, file } = homeWithout();
    const providers = ["openai", "anthropic", "groq", "mistral", "xai", "deepseek"];
    const results = await Promise.all(
      providers.map((provider) => home.run(["keys", "set", provider], { stdin: `${KEY}-${provider}` })),
    );
    for (const result of results) expectSilentSuccess(result);
    expect(Object.keys(JSON.parse(readFileSync(file, "utf8")).keys).sort()).toEqual(providers.sort());
  });
});

describe("keys list", () => {
  test("says where each comes from, and which are used", async () => {
    const { home, file } = homeWithout();
    home.configure(
      `[providers.groq]\napi_key = "${KEY}"\n[providers.gpu]\nbase_url = "http://127.0.0.1:1/v1"`,
    );
    for (const provider of ["openai", "gpu"]) {
      expectSilentSuccess(await home.run(["keys", "set", provider], { stdin: KEY }));
    }
    const env = { OPENAI_API_KEY: "sk-of-the-environment-abcd", GROQ_API_KEY: "short" };
    const result = await home.run(["keys", "list"], { env });
    expectSilentSuccess(result);
    expect(result.stdout.split("\n")).toEqual([
      `gpu     ${file}  …wxyz`,
      `groq    ${home.configFile}  …wxyz`,
      "groq    variable GROQ_API_KEY  not used",
      "openai  variable OPENAI_API_KEY  …abcd",
      `openai  ${file}  …wxyz  not used`,
      "",
    ]);
    const listed = JSON.parse((await home.run(["keys", "list", "--json"], { env })).stdout);
    expect(listed).toHaveLength(5);
    expect(listed[4]).toEqual({
      provider: "openai",
      from: "file",
      name: file,
      ends_with: "wxyz",
      used: false,
    });
    expect(JSON.stringify(listed)).not.toContain("secret");
  });

  test("is empty without keys, and makes no file", async () => {
    const { home, file } = homeWithout();
    const result = await home.run(["keys", "list"]);
    expectSilentSuccess(result);
    expect(result.stdout).toBe("");
    expect(JSON.parse((await home.run(["keys", "list", "--json"])).stdout)).toEqual([]);
    expect(existsSync(join(file, ".."))).toBe(false);
  });

  test("closes a file that others could read, and says so", async () => {
    const { home, file } = homeWithout();
    await home.run(["keys", "set", "openai"], { stdin: KEY });
    chmodSync(file, 0o640);
    const { code, stderr } = await home.run(["keys", "list"]);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `mcpchat: ${file} could be read by others, and no longer can; if they had a look, get new keys\n`,
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("of a damaged file is a line", async () => {
    const { home, file } = homeWithout();
    home.write(file, `{"version": 1, "keys": {"openai": {"key": "${KEY}`);
    chmodSync(file, 0o600);
    const result = await home.run(["keys", "list", "--json"]);
    expect(expectFailure(result, 3)).toBe(`${file}: is damaged; remove it, and set the keys again`);
    expect(JSON.parse(result.stdout)).toMatchObject({ error: { code: "configuration" } });
    expect(result.stdout + result.stderr).not.toContain("secret");
  });
});

test.each([[[KEY]], [["list", KEY]], [["rm", "openai", KEY]], [["rm", KEY]]])(
  "a key in the wrong place is not repeated: keys %j",
  async (args) => {
    const { home } = homeWithout();
    const result = await home.run(["keys", ...args]);
    expectFailure(result, 2);
    expect(result.stdout + result.stderr).not.toContain("secret");
  },
);

describe("keys rm", () => {
  test("forgets one, and says where it was", async () => {
    const { home, file } = homeWithout();
    await home.run(["keys", "set", "openai"], { stdin: KEY });
    const result = await home.run(["keys", "rm", "openai"]);
    expectSilentSuccess(result);
    expect(result.stdout).toBe(`the key of openai is removed from ${file}\n`);
    expect(existsSync(file)).toBe(false);
  });

  test.each([
    [[], "whose key?"],
    [["opnai"], "did you mean openai?"],
    [["openai"], "no key of openai is kept here; the one that is used is in OPENAI_API_KEY"],
    [["openai", "groq"], "unexpected argument groq"],
  ])("%j is refused when there is none", async (args, line) => {
    const { home } = homeWithout();
    const result = await home.run(["keys", "rm", ...args], { env: { OPENAI_API_KEY: "k" } });
    expect(expectFailure(result, 2)).toContain(line);
  });
});

describe("a key that is kept", () => {
  test.each(["openai", "anthropic"])(
    "is used for %s, and found when nobody names a model",
    async (provider) => {
      const { home, model } = homeWithout();
      expectFailure(await home.run(["-m", `${provider}/hello`, "x"]), 4);
      await home.run(["keys", "set", provider], { stdin: KEY });
      const result = await home.run(["-m", `${provider}/hello`, "x"]);
      expectSilentSuccess(result);
      expect(result.stdout).toBe(HELLO);
      await home.run(["x"]);
      expect(model.requests.at(-1)?.headers).toMatchObject({ authorization: `Bearer ${KEY}` });
    },
  );

  test("comes after the environment's", async () => {
    const { home } = homeWithout("of-the-environment");
    await home.run(["keys", "set", "openai"], { stdin: KEY });
    const refused = await home.run(["-m", "openai/hello", "x"]);
    expect(expectFailure(refused, 4)).toContain("refused the key (401)");
    const env = { OPENAI_API_KEY: "of-the-environment" };
    expectSilentSuccess(await home.run(["-m", "openai/hello", "x"], { env }));
  });

  test("is not for an address that a project chose", async () => {
    const { home, model } = homeWithout();
    await home.run(["keys", "set", "openai"], { stdin: KEY });
    home.write(".mcpchat.toml", `[providers.openai]\nbase_url = "${model.openaiUrl}"\n`);
    expectSilentSuccess(await home.run(["config", "trust", "--yes"]));
    expectFailure(await home.run(["-m", "openai/hello", "x"]), 4);
    expect(JSON.stringify(model.requests)).not.toContain("secret");
  });

  test("is in no file but its own, in no output and not in the environment of a server", async () => {
    const { home, file } = homeWithout();
    home.configure(rawServers(home, { telling: { mode: "telling" } }));
    await home.run(["keys", "set", "openai"], { stdin: KEY });
    const told = [
      await home.run(["-m", "openai/tool-echo", "--yes", "-v", "--log-level", "debug", "-o", "ndjson", "x"]),
      await home.run(["-m", "openai/unauthorized", "--json", "-v", "x"]),
      await home.run(["-m", "openai/hello", "--json", "x"]),
      await home.run(["call", "telling", "echo"]),
      await home.run(["tree"]),
      await home.run(["sessions", "list", "--json"]),
    ];
    expect(told[0]?.stdout).toContain("HOME");
    for (const { stdout, stderr } of told) expect(stdout + stderr).not.toContain("secret");
    expect(everythingIn(home, file)).not.toContain("secret");
  });
});
