// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the configuration's variables
import { expect, setDefaultTimeout, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";
import { providerNamed } from "../../src/config/configuration.ts";
import { checkFile, loadConfiguration } from "../../src/config/load.ts";
import { ConfigurationError, ExitCode, UsageError } from "../../src/lib/errors.ts";
import { failure, Workspace } from "./workspace.ts";

setDefaultTimeout(30_000);

/** The example of the documentation. */
const EXAMPLE = `
model = "anthropic/claude-sonnet-4-5"
fallback = ["openai/gpt-5", "local/qwen3-0.6b"]

[chat]
system = "Be brief."
context = "smart"
max_turns = 12

[providers.anthropic]
[providers.gpu]
kind = "openai"
base_url = "http://gpu.internal:8000/v1"

[mcp.servers.files]
command = "npx"
args = ["-y", "@modelcontextprotocol/server-filesystem", "\${HOME}/notes"]
restart = "permanent"
trusted = true
tools = { allow = ["read_*", "list_*"] }

[mcp.servers.tickets]
url = "https://mcp.example.com/mcp"

[mcp_server]
stdio_enabled = false
sse_enabled = true
host = "127.0.0.1"
port = 8081

[supervisor]
max_restarts = 3
max_seconds = 30
`;

test("without any file the defaults are in force", async () => {
  expect(await new Workspace().load()).toEqual({
    fallback: [],
    chat: { context: "smart", maxTurns: 25, stop: [] },
    tools: { allow: [], deny: [] },
    providers: [],
    models: { acceleration: "auto", idleUnloadMs: 600_000, keepContext: true },
    modelAliases: {},
    modelSettings: {},
    limits: {},
    attachments: { maxBytes: 23_068_672, privateUrls: false },
    mcp: { waitMs: 10_000, maxCalls: 32, servers: [] },
    mcpServer: { stdioEnabled: false, sseEnabled: false, host: "127.0.0.1", port: 8080 },
    supervisor: { maxRestarts: 5, maxSeconds: 60 },
    sources: {},
  });
});

test("the example of the documentation means what it says", async () => {
  const workspace = new Workspace();
  const configuration = await workspace.loadText(EXAMPLE, { HOME: "/home/ada" });
  expect(configuration.model).toBe("anthropic/claude-sonnet-4-5");
  expect(configuration.chat).toEqual({ system: "Be brief.", context: "smart", maxTurns: 12, stop: [] });
  expect(configuration.providers.map(({ name, kind }) => [name, kind])).toEqual([
    ["anthropic", "anthropic"],
    ["gpu", "openai"],
  ]);
  expect(configuration.mcp.servers[0]).toEqual({
    name: "files",
    transport: "stdio",
    command: "npx",
    args: ["-y", "@modelcontextprotocol/server-filesystem", "/home/ada/notes"],
    env: {},
    enabled: true,
    restart: "permanent",
    trusted: true,
    tools: { allow: ["read_*", "list_*"], deny: [] },
    connectTimeoutMs: 30_000,
    callTimeoutMs: 60_000,
    maxCalls: 8,
    sampling: "ask",
  });
  expect(configuration.mcp.servers[1]).toMatchObject({
    transport: "http",
    url: "https://mcp.example.com/mcp",
  });
  expect(configuration.mcpServer.port).toBe(8081);
  expect(configuration.supervisor).toEqual({ maxRestarts: 3, maxSeconds: 30 });
  expect(configuration.sources["mcp.servers.files"]).toBe(workspace.paths.configFile);
  expect(configuration.sources["chat.max_turns"]).toBe(workspace.paths.configFile);
});

test("seconds become milliseconds, and a provider that is not named has its defaults", async () => {
  const configuration = await new Workspace().loadText(
    "[chat]\ntimeout = 1.5\n[mcp]\nwait = 0.0001\n[providers.slow]\nidle_timeout = 300\n",
  );
  expect(configuration.chat.timeoutMs).toBe(1500);
  expect(configuration.mcp.waitMs).toBe(1);
  expect(providerNamed(configuration, "slow").idleTimeoutMs).toBe(300_000);
  // What is sensible depends on where it is, which the model's part of the program knows.
  expect(providerNamed(configuration, "slow").headerTimeoutMs).toBeUndefined();
  expect(providerNamed(configuration, "anthropic").kind).toBe("anthropic");
});

test("how models are run and tokens are chosen is read in the units of the rest", async () => {
  const { chat, models } = await new Workspace().loadText(`
[chat]
top_p = 0.9
top_k = 40
min_p = 0.05
seed = 7
stop = ["END", "\\n\\n"]
[models]
folder = "~/models"
context_size = 4096
threads = 3
acceleration = "none"
idle_unload = 0
keep_context = false
`);
  expect(chat).toMatchObject({ topP: 0.9, topK: 40, minP: 0.05, seed: 7, stop: ["END", "\n\n"] });
  expect(models).toEqual({
    folder: "~/models",
    contextSize: 4096,
    threads: 3,
    acceleration: "none",
    idleUnloadMs: 0,
    keepContext: false,
  });
});

test.each([
  "local/qwen3-0.6b",
  "local/two words",
  "./models/m.gguf",
  "/a b/M.GGUF",
  "~/m.gguf",
  "m.gguf",
  "/a b/blob",
])("%s names a model", async (name) => {
  expect((await new Workspace().loadText(`model = "${name}"`)).model).toBe(name);
  expect((await new Workspace().load({ env: { MCPCHAT_MODEL: name } })).model).toBe(name);
});

test("the configuration is frozen all the way down", async () => {
  const configuration = await new Workspace().loadText(EXAMPLE, { HOME: "/home/ada" });
  const frozen = (value: unknown): boolean =>
    typeof value !== "object" ||
    value === null ||
    (Object.isFrozen(value) && Object.values(value).every(frozen));
  expect(frozen(configuration)).toBe(true);
});

test.each([
  ["modle = 'a/b'", 'modle: unknown key; did you mean "model"?'],
  ["[chat]\nmax_turn = 3", 'chat.max_turn: unknown key; did you mean "max_turns"?'],
  ["[chat]\nbanana = 3", "chat.banana: unknown key; known are system, context, max_turns"],
  ["[mcp.servers.x]\ncomand = 'y'", 'mcp.servers.x.comand: unknown key; did you mean "command"?'],
  ["model = 3", "model: should be PROVIDER/MODEL or the path of a .gguf file"],
  ["model = 'gpt-5'", "model: should be PROVIDER/MODEL or the path of a .gguf file"],
  ["fallback = 'a/b'", "fallback: should be a list of PROVIDER/MODEL or the path of a .gguf file"],
  ["fallback = ['a/b', 'c']", "fallback.1: should be PROVIDER/MODEL or the path of a .gguf file"],
  ["chat = 3", "chat: should be a table"],
  ["[chat]\nmax_turns = 0", "chat.max_turns: should be a whole number of at least 1"],
  ["[chat]\nmax_turns = 1.5", "chat.max_turns: should be a whole number of at least 1"],
  ["[chat]\ntemperature = 3", "chat.temperature: should be a number from 0 to 2"],
  ["[chat]\ncontext = 'clever'", 'chat.context: should be "sliding_window" or "smart" or "summarize"'],
  ["[chat]\ntop_p = 2", "chat.top_p: should be a number from 0 to 1"],
  ["[chat]\nmin_p = -1", "chat.min_p: should be a number from 0 to 1"],
  ["[chat]\ntop_k = 0.5", "chat.top_k: should be a whole number of at least 0"],
  ["[chat]\nseed = 4294967296", "chat.seed: should be a whole number from 0 to 4294967295"],
  ["[chat]\nstop = 'x'", "chat.stop: should be a list of texts in quotes"],
  ["[chat]\nstop = ['']", "chat.stop.0: should not be empty"],
  ["[models]\nfolder = 'models'", "models.folder: should be an absolute path, or begin with ~/"],
  ["[models]\ncontext_size = 100", "models.context_size: should be a whole number of at least 128"],
  ["[models]\nthreads = 0", "models.threads: should be a whole number of at least 1"],
  ["[models]\nacceleration = 'cuda'", 'models.acceleration: should be "auto" or "none"'],
  ["[models]\nidle_unload = -1", "models.idle_unload: should be a number of seconds, 0 for never"],
  ["[models]\nkeep_context = 1", "models.keep_context: should be true or false"],
  ["[models]\nthread = 2", 'models.thread: unknown key; did you mean "threads"?'],
  ["[chat]\nsystem = 2020-01-01", "chat.system: should be text in quotes"],
  ["[chat]\ntimeout = inf", "chat.timeout: should be a number of seconds above 0"],
  [
    "[providers.gpu]\nbase_url = 'gpu:8000'",
    "providers.gpu.base_url: should be an http:// or https:// address",
  ],
  ["[providers.local]", "providers.local: is the name of the models that run in here; another server"],
  ["[providers.anthropic]\napi = 'chat'", 'providers.anthropic.api: goes with kind "openai" only'],
  ["[providers.x]\nkind = 'anthropic'\napi = 'chat'", 'providers.x.api: goes with kind "openai" only'],
  ["[providers.'a b']", 'providers."a b": is no name: it should be letters, digits'],
  ["[mcp.servers.x]", "mcp.servers.x: should have either a command or a url"],
  [
    "[mcp.servers.x]\ncommand = 'y'\nurl = 'http://z'",
    "mcp.servers.x: should have either a command or a url",
  ],
  [
    "[mcp.servers.x]\nurl = 'http://z'\ntransport = 'stdio'",
    'mcp.servers.x: a command goes with transport "stdio"',
  ],
  ["[mcp.servers.x]\ncommand = ''", "mcp.servers.x.command: should name a program"],
  ["[mcp.servers.x]\ncommand = 'y'\nenv = { A = 1 }", "mcp.servers.x.env.A: should be text in quotes"],
  ["[mcp_server]\nport = 70000", "mcp_server.port: should be a port from 0 to 65535"],
  ["[supervisor]\nmax_restarts = -1", "supervisor.max_restarts: should be a whole number from 0 to 1000"],
  ["[supervisor]\nmax_restarts = 1001", "supervisor.max_restarts: should be a whole number from 0 to 1000"],
  ["[chat]\nsystem = '${NOWHERE}'", "chat.system: the variable NOWHERE is not set"],
])("%p: %s", async (text, problem) => {
  const workspace = new Workspace();
  const message = await failure(workspace.loadText(text));
  expect(message).toStartWith(`${workspace.paths.configFile}: ${problem}`);
  expect(message).not.toContain("\n");
});

test("the first problem is told, the others are counted", async () => {
  const message = await failure(
    new Workspace().loadText("modle = 1\n[chat]\nmax_turns = 0\nfoo = 1\nbar = 2\n"),
  );
  expect(message).toEndWith("(and 3 more)");
});

test("an error of the syntax names the line", async () => {
  const workspace = new Workspace();
  expect(await failure(workspace.loadText("model = 'a/b'\n[chat\n"))).toStartWith(
    `${workspace.paths.configFile}:2: `,
  );
});

test("what is in the place of the file gets a line each", async () => {
  const workspace = new Workspace();
  const { configFile, configFolder } = workspace.paths;
  fs.mkdirSync(configFile, { recursive: true });
  expect(await failure(workspace.load())).toBe(`${configFile}: is a folder, not a file`);
  fs.rmdirSync(configFile);
  fs.writeFileSync(configFile, new Uint8Array([0xff, 0xff]));
  expect(await failure(workspace.load())).toBe(`${configFile}: is not UTF-8 text`);
  fs.writeFileSync(configFile, "#".repeat(1024 * 1024 + 1));
  expect(await failure(workspace.load())).toContain("is larger than");
  fs.rmSync(configFolder, { recursive: true });
  fs.writeFileSync(configFolder, "a file where a folder should be");
  expect((await workspace.load()).fallback).toEqual([]);
});

test("--config takes the place of the user's file and has to exist", async () => {
  const workspace = new Workspace();
  workspace.writeUser("model = 'user/file'");
  fs.writeFileSync(path.join(workspace.project, "other.toml"), "[chat]\nsystem = 'other'");
  const configuration = await workspace.load({ configFile: "other.toml" });
  expect(configuration.model).toBeUndefined();
  expect(configuration.chat.system).toBe("other");
  const missing = loadConfiguration(workspace.options({ configFile: "none.toml" }));
  expect(await failure(missing)).toBe(`${path.join(workspace.project, "none.toml")}: there is no such file`);
});

test("errors have the exit code of the configuration, a bad flag that of usage", async () => {
  const workspace = new Workspace();
  const bad = await workspace.loadText("model = 1").catch((error: unknown) => error);
  expect(bad).toBeInstanceOf(ConfigurationError);
  expect(bad).toHaveProperty("exitCode", ExitCode.configuration);
  workspace.writeUser("");
  const flag = await workspace.load({ overrides: { model: "gpt-5" } }).catch((error: unknown) => error);
  expect(flag).toBeInstanceOf(UsageError);
});

test("a single file can be checked", async () => {
  const workspace = new Workspace();
  const file = workspace.writeUser("model = 'a/b'");
  await checkFile(file, {});
  workspace.writeUser("model = 'a'");
  expect(await failure(checkFile(file, {}))).toContain(
    "model: should be PROVIDER/MODEL or the path of a .gguf file",
  );
});

test("zod is loaded only when there is a file", async () => {
  const workspace = new Workspace();
  const program = path.join(import.meta.dir, "..", "fixtures", "load-configuration.ts");
  const loads = () => {
    const run = Bun.spawnSync([process.execPath, program], {
      cwd: workspace.project,
      env: { HOME: workspace.folder, MCPCHAT_MODEL: "a/b" },
    });
    return JSON.parse(run.stdout.toString());
  };
  expect(loads()).toEqual({ model: "a/b", zod: false });
  workspace.writeUser("model = 'c/d'");
  expect(loads()).toEqual({ model: "a/b", zod: true });
});
