import { expect, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { type Layer, mergeLayers } from "../../src/config/layers.ts";
import { loadConfiguration } from "../../src/config/load.ts";
import { folderWith, PROJECT_FILE } from "../../src/config/project-folder.ts";
import { distrustFolder, trustFolder, trustIn } from "../../src/config/trust.ts";
import { settingsFor } from "../../src/llm/select.ts";
import { resolveEndpoint } from "../../src/llm/settings.ts";
import { failure, Workspace } from "./workspace.ts";

test("flags stand above the environment, that above the project, that above the user", async () => {
  const workspace = new Workspace();
  const user = workspace.writeUser(
    "model = 'user/m'\n[chat]\nsystem = 'user'\nmax_turns = 1\nmax_tokens = 10",
  );
  const project = workspace.writeProject("model = 'project/m'\n[chat]\nsystem = 'project'\nmax_turns = 2");
  workspace.trustProject();
  const env = { MCPCHAT_MODEL: "env/m", MCPCHAT_SYSTEM: "env" };
  const { model, chat, sources } = await workspace.load({ env, overrides: { model: "flag/m" } });
  expect(model).toBe("flag/m");
  expect(chat).toEqual({ context: "smart", system: "env", maxTurns: 2, maxTokens: 10, stop: [] });
  expect(sources).toEqual({
    model: "command line",
    "chat.system": "MCPCHAT_SYSTEM",
    "chat.max_turns": project,
    "chat.max_tokens": user,
  });
});

test("a project's file is ignored, and that is said, until its folder is trusted", async () => {
  const workspace = new Workspace();
  const file = workspace.writeProject("model = 'project/m'");
  const before = await loadConfiguration(workspace.options());
  expect(before.configuration.model).toBeUndefined();
  expect(before.notices).toEqual([
    `${file} is ignored; to use it, trust its folder: mcpchat config trust ${workspace.project}`,
  ]);
  workspace.trustProject();
  const after = await loadConfiguration(workspace.options());
  expect(after.configuration.model).toBe("project/m");
  expect(after.notices).toEqual([]);
});

test("a project's broken file does no harm while it is not trusted", async () => {
  const workspace = new Workspace();
  workspace.writeProject("model = ");
  expect((await workspace.load()).model).toBeUndefined();
  workspace.trustProject();
  expect(await failure(workspace.load())).toContain(".mcpchat.toml:1: ");
});

test("the nearest project file upward is found", () => {
  const workspace = new Workspace();
  const inner = path.join(workspace.project, "a", "b");
  fs.mkdirSync(inner, { recursive: true });
  workspace.writeProject("");
  expect(folderWith(PROJECT_FILE, inner)).toBe(workspace.project);
  fs.writeFileSync(path.join(workspace.project, "a", ".mcpchat.toml"), "");
  expect(folderWith(PROJECT_FILE, inner)).toBe(path.join(workspace.project, "a"));
});

test("trust is for the real folder, not for those inside, and can be taken back", () => {
  const { paths, project, folder } = new Workspace();
  const link = path.join(folder, "link");
  fs.symlinkSync(project, link);
  fs.mkdirSync(path.join(project, "inner"));
  expect(trustIn(paths.trustFile, project, "text")).toBe("unknown");
  trustFolder(paths.trustFile, link, "before");
  trustFolder(paths.trustFile, project, "text");
  expect(trustIn(paths.trustFile, project, "text")).toBe("trusted");
  expect(trustIn(paths.trustFile, project, "before")).toBe("changed");
  expect(trustIn(paths.trustFile, path.join(project, "inner"), "text")).toBe("unknown");
  const hash = new Bun.CryptoHasher("sha256").update("text").digest("hex");
  expect(JSON.parse(fs.readFileSync(paths.trustFile, "utf8"))).toEqual({ [project]: hash });
  expect(fs.statSync(paths.trustFile).mode & 0o777).toBe(0o600);
  distrustFolder(paths.trustFile, project);
  expect(trustIn(paths.trustFile, project, "text")).toBe("unknown");
});

test("a project's file that has changed is not used until it is trusted again", async () => {
  const workspace = new Workspace();
  const file = workspace.writeProject("model = 'project/m'");
  workspace.trustProject();
  workspace.writeProject("model = 'project/other'");
  const { configuration, notices } = await loadConfiguration(workspace.options());
  expect(configuration.model).toBeUndefined();
  const advice = `to use it, look at it and trust its folder again: mcpchat config trust ${workspace.project}`;
  const why = "as the files of its folder have changed since they were trusted";
  expect(notices).toEqual([`${file} is ignored, ${why}; ${advice}`]);
  workspace.trustProject();
  expect((await workspace.load()).model).toBe("project/other");
});

test("a project's address gets none of the user's keys from the environment", async () => {
  const env = { OPENAI_API_KEY: "users-key" };
  const address = "[providers.openai]\nbase_url = 'http://elsewhere/v1'\n";
  const keyFor = async (workspace: Workspace) => {
    const { providers } = await workspace.load({ env });
    return resolveEndpoint(settingsFor("openai", providers), env).apiKey;
  };
  const ofUser = new Workspace();
  ofUser.writeUser(address);
  expect(await keyFor(ofUser)).toBe("users-key");
  const ofProject = new Workspace();
  ofProject.writeUser("[providers.openai]\napi_key = 'mine'");
  ofProject.writeProject(address);
  ofProject.trustProject();
  expect(await keyFor(ofProject)).toBeUndefined();
  ofProject.writeProject(`${address}api_key = 'named'`);
  ofProject.trustProject();
  expect(await keyFor(ofProject)).toBe("named");
  const withoutAddress = new Workspace();
  withoutAddress.writeProject("[providers.openai]\nidle_timeout = 5");
  withoutAddress.trustProject();
  expect(await keyFor(withoutAddress)).toBe("users-key");
});

test("a variable that is not set stops only what uses it", async () => {
  const workspace = new Workspace();
  const file = workspace.writeUser(
    // biome-ignore lint/suspicious/noTemplateCurlyInString: mcpchat's own variables.
    "[providers.gpu]\nbase_url = '${GPU_URL}'\n[mcp.servers.off]\nenabled = false\nurl = '${TICKETS_URL}'",
  );
  const { providers, mcp } = await workspace.load();
  const missing = (variable: string) => `the variable ${variable} is not set`;
  expect(mcp.servers[0]?.problem).toStartWith(`${file}: mcp.servers.off.url: ${missing("TICKETS_URL")}`);
  const problem = `${file}: providers.gpu.base_url: ${missing("GPU_URL")}`;
  expect(() => resolveEndpoint(settingsFor("gpu", providers), {})).toThrow(problem);
  const env = { GPU_URL: "http://gpu", TICKETS_URL: "http://tickets" };
  const set = await workspace.load({ env });
  expect(resolveEndpoint(settingsFor("gpu", set.providers), {}).baseUrl).toBe("http://gpu");
  expect(set.mcp.servers[0]).toMatchObject({ url: "http://tickets", enabled: false });
  expect(set.mcp.servers[0]?.problem).toBeUndefined();
});

test("a damaged list of trusted folders trusts nothing and is not written over", async () => {
  const workspace = new Workspace();
  const { trustFile } = workspace.paths;
  workspace.writeProject("model = 'project/m'");
  fs.mkdirSync(path.dirname(trustFile), { recursive: true });
  fs.writeFileSync(trustFile, '["half');
  const { configuration, notices } = await loadConfiguration(workspace.options());
  expect(configuration.model).toBeUndefined();
  expect(notices[0]).toContain("is not a list of trusted folders");
  expect(() => trustFolder(trustFile, workspace.project, "")).toThrow("is not a list of trusted folders");
  expect(fs.readFileSync(trustFile, "utf8")).toBe('["half');
});

test("a project's provider and server replace the user's whole", async () => {
  const workspace = new Workspace();
  workspace.writeUser(
    "[providers.gpu]\nbase_url = 'http://mine'\napi_key = 'secret'\n[mcp.servers.x]\ncommand = 'a'\ntrusted = true",
  );
  workspace.writeProject("[providers.gpu]\nbase_url = 'http://theirs'\n[mcp.servers.x]\nurl = 'http://b'");
  workspace.trustProject();
  const { providers, mcp } = await workspace.load();
  expect(providers[0]?.baseUrl).toBe("http://theirs");
  expect(providers[0]?.apiKey).toBeUndefined();
  expect(mcp.servers).toHaveLength(1);
  expect(mcp.servers[0]).toMatchObject({ transport: "http", trusted: false });
});

test.each([
  ["MCPCHAT_MODEL", "gpt-5", "should be PROVIDER/MODEL or the path of a .gguf file"],
  ["MCPCHAT_FALLBACK", "a/b,", "should be a list of PROVIDER/MODEL with commas between"],
  ["MCPCHAT_FALLBACK", "a/b,c", "c: should be PROVIDER/MODEL or the path of a .gguf file"],
  ["MCPCHAT_MAX_TURNS", "many", "should be a whole number of at least 1"],
  ["MCPCHAT_MAX_TURNS", "0", "should be a whole number of at least 1"],
  ["MCPCHAT_CONTEXT", "clever", "should be sliding_window, smart, summarize"],
  ["MCPCHAT_TEMPERATURE", " ", "should be a number from 0 to 2"],
  ["MCPCHAT_TIMEOUT", "-1", "should be a number of seconds above 0"],
])("%s=%s: %s", async (name, value, problem) => {
  expect(await failure(new Workspace().load({ env: { [name]: value } }))).toBe(
    `environment: ${name}: ${problem}`,
  );
});

test("every variable has its key; an empty or unknown one is ignored", async () => {
  const env = {
    MCPCHAT_MODEL: "",
    MCPCHAT_FUTURE: "x",
    MCPCHAT_FALLBACK: "a/b, c/d",
    MCPCHAT_CONTEXT: "summarize",
    MCPCHAT_MAX_TURNS: "3",
    MCPCHAT_MAX_TOKENS: "4",
    MCPCHAT_TEMPERATURE: "0.5",
    MCPCHAT_TIMEOUT: "6",
    MCPCHAT_WAIT: "0.5",
  };
  const { model, fallback, chat, mcp } = await new Workspace().load({ env });
  expect(model).toBeUndefined();
  expect(fallback).toEqual(["a/b", "c/d"]);
  expect(chat).toEqual({
    context: "summarize",
    maxTurns: 3,
    maxTokens: 4,
    temperature: 0.5,
    stop: [],
    timeoutMs: 6000,
  });
  expect(mcp.waitMs).toBe(500);
});

const layer = fc.record(
  {
    model: fc.constantFrom("a/a", "b/b", "c/c"),
    chat: fc.record(
      { system: fc.string(), max_turns: fc.integer({ min: 1 }), max_tokens: fc.integer({ min: 1 }) },
      { requiredKeys: [] },
    ),
    fallback: fc.array(fc.constantFrom("x/x", "y/y")),
  },
  { requiredKeys: [] },
);

test("of each key the last layer that has it wins, and is named as its source", () => {
  fc.assert(
    fc.property(fc.array(layer, { maxLength: 5 }), (values) => {
      const layers: Layer[] = values.map((one, index) => ({ source: `layer ${index}`, values: one }));
      const before = structuredClone(layers);
      const merged = mergeLayers(layers);
      const last = layers.findLast((one) => one.values.model !== undefined);
      expect(merged.values.model).toBe(last?.values.model as string);
      expect(merged.sources.model).toBe(last?.source as string);
      for (const key of ["system", "max_turns", "max_tokens"] as const) {
        const winner = layers.findLast((one) => one.values.chat?.[key] !== undefined);
        expect(merged.values.chat?.[key]).toBe(winner?.values.chat?.[key] as string);
        expect(merged.sources[`chat.${key}`]).toBe(winner?.source as string);
      }
      const list = layers.findLast((one) => one.values.fallback !== undefined);
      expect(merged.values.fallback).toEqual(list?.values.fallback as string[]);
      // What went in is not touched: it is merged again at the next change.
      expect(layers).toEqual(before);
    }),
  );
});
