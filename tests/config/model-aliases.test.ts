/** Aliases of models, put in their place when a configuration is loaded. */
import { describe, expect, test } from "bun:test";
import { checkFile } from "../../src/config/load.ts";
import { ConfigurationError, UsageError } from "../../src/lib/errors.ts";
import { failure, Workspace } from "./workspace.ts";

const ALIASES = '[models.aliases]\nfast = "openai/gpt-5-mini"\nquick = "fast"\nown = "./models/own.gguf"\n';
const FORM = "should be PROVIDER/MODEL or the path of a .gguf file";

describe("an alias", () => {
  test("stands for its model wherever one is named", async () => {
    const workspace = new Workspace();
    workspace.writeUser(`model = "fast"\nfallback = ["own", "anthropic/claude", "quick"]\n${ALIASES}`);
    expect(await workspace.load()).toMatchObject({
      model: "openai/gpt-5-mini",
      fallback: ["./models/own.gguf", "anthropic/claude", "openai/gpt-5-mini"],
      modelAliases: { fast: "openai/gpt-5-mini", quick: "openai/gpt-5-mini", own: "./models/own.gguf" },
    });
    const env = { MCPCHAT_MODEL: "own", MCPCHAT_FALLBACK: "fast, a/b" };
    expect(await workspace.load({ env })).toMatchObject({
      model: "./models/own.gguf",
      fallback: ["openai/gpt-5-mini", "a/b"],
    });
    const overrides = { model: "quick", fallback: ["own"] };
    expect(await workspace.load({ env, overrides })).toMatchObject({
      model: "openai/gpt-5-mini",
      fallback: ["./models/own.gguf"],
    });
  });

  test("of the user's file can be meant by a project's, which may have another of that name", async () => {
    const workspace = new Workspace();
    workspace.writeUser(`model = "quick"\n${ALIASES}`);
    workspace.writeProject('model = "fast"');
    workspace.trustProject();
    expect((await workspace.load()).model).toBe("openai/gpt-5-mini");
    workspace.writeProject('[models.aliases]\nfast = "groq/llama"');
    workspace.trustProject();
    expect((await workspace.load()).model).toBe("groq/llama");
  });

  test("hides no model of a provider, and no file", async () => {
    const workspace = new Workspace();
    expect(await failure(workspace.loadText('[models.aliases]\n"tiny.gguf" = "a/b"'))).toEndWith(
      'config.toml: models.aliases."tiny.gguf": is the path of a file: an alias is a name of its own',
    );
    expect(await failure(workspace.loadText('[models.aliases]\n"openai/gpt-5" = "a/b"'))).toContain(
      'models.aliases."openai/gpt-5": is no name',
    );
    const { model } = await workspace.loadText('model = "openai/x"\n[models.aliases]\nopenai = "a/b"');
    expect(model).toBe("openai/x");
  });
});

describe("a name that is neither a model nor an alias", () => {
  test.each([
    ['model = "fats"', "", `model: ${FORM}; did you mean fast?`],
    ['model = "claude"', "", `model: ${FORM}, or one of the aliases fast, quick, own`],
    ['fallback = ["fast", "qick"]', "", `fallback.1: ${FORM}; did you mean quick?`],
    ["", 'deep = "fsat"', `models.aliases.deep: ${FORM}; did you mean fast?`],
    ["", 'loop = "loop"', "models.aliases.loop: leads in a circle: loop -> loop"],
    ["", 'a = "a"', "models.aliases.a: leads in a circle: a -> a; it has to name a model"],
    [
      "",
      'a = "b"\nb = "a"',
      "models.aliases.a: leads in a circle: a -> b -> a; one of these has to name a model",
    ],
    [
      "",
      'a = "b"\nb = "c"\nc = "b"',
      "models.aliases.a: leads in a circle: a -> b -> c -> b; one of these has to name a model",
    ],
    ["", 'word = "two words"', `models.aliases.word: ${FORM}`],
    ["", 'object = "constructor"', `models.aliases.object: ${FORM}`],
    ['model = "__proto__"', "", `model: ${FORM}`],
  ])("in a file is told with its key: %s%s", async (top, more, line) => {
    const workspace = new Workspace();
    const file = workspace.writeUser(`${top}\n${ALIASES}${more}`);
    const error = await workspace.load().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toHaveProperty("message", expect.stringContaining(`${file}: ${line}`));
    expect(error).toHaveProperty("message", expect.not.stringContaining(" more)"));
  });

  test("in a variable is told with the variable", async () => {
    const workspace = new Workspace();
    workspace.writeUser(ALIASES);
    const load = (env: Record<string, string>) => failure(workspace.load({ env }));
    expect(await load({ MCPCHAT_MODEL: "fats" })).toBe(
      `environment: MCPCHAT_MODEL: ${FORM}; did you mean fast?`,
    );
    expect(await load({ MCPCHAT_FALLBACK: "fast,onw" })).toBe(
      `environment: MCPCHAT_FALLBACK: onw: ${FORM}; did you mean own?`,
    );
  });

  test("on the command line is a mistake of use", async () => {
    const workspace = new Workspace();
    workspace.writeUser(ALIASES);
    const load = (overrides: object) =>
      workspace.load({ overrides }).catch((caught: unknown) => caught as Error); // It rejects.
    const model = await load({ model: "fats" });
    expect(model).toBeInstanceOf(UsageError);
    expect(model).toHaveProperty("message", `--model fats: ${FORM}; did you mean fast?`);
    expect(await load({ fallback: ["a/b", "onw"] })).toHaveProperty(
      "message",
      `--fallback onw: ${FORM}; did you mean own?`,
    );
    expect(await load({ fallback: ["two words"] })).toHaveProperty(
      "message",
      `--fallback two words: ${FORM}`,
    );
  });

  test("is told though another name stands above it, as other mistakes are", async () => {
    const workspace = new Workspace();
    workspace.writeUser('model = "unknown"');
    const overrides = { model: "a/b", fallback: ["c/d"] };
    expect(await failure(workspace.load({ overrides }))).toEndWith(`config.toml: model: ${FORM}`);
  });
});

test("a file that is checked by itself may mean the aliases of the user's", async () => {
  const workspace = new Workspace();
  const user = workspace.writeUser(ALIASES);
  const file = workspace.writeProject('model = "fast"');
  await checkFile(file, {}, user);
  expect(await failure(checkFile(file, {}))).toBe(`${file}: model: ${FORM}`);
  workspace.writeUser("model = 3");
  expect(await failure(checkFile(file, {}, user))).toBe(`${file}: model: ${FORM}`);
});

describe("what is known better of a model", () => {
  test("is refused with its key when it makes no sense", async () => {
    const complaint = (line: string) =>
      failure(new Workspace().loadText(`[models.settings."openai/gpt-5"]\n${line}`));
    const key = 'models.settings."openai/gpt-5"';
    expect(await complaint('context_window = "big"')).toContain(
      `${key}.context_window: should be a whole number of at least 128`,
    );
    expect(await complaint("input_price = -1")).toContain(
      `${key}.input_price: should be an amount of US dollars, 0 or more`,
    );
    expect(await complaint("output_price = inf")).toContain(`${key}.output_price: should be an amount`);
    expect(await complaint("contxt_window = 1000")).toContain(
      `${key}.contxt_window: unknown key; did you mean "context_window"?`,
    );
    expect(await complaint("max_output = 0")).toContain(`${key}.max_output: should be a whole number`);
  });

  test("is said of a model, not of a bare name", async () => {
    expect(await failure(new Workspace().loadText("[models.settings.gpt-5]\nmax_output = 5"))).toContain(
      "models.settings.gpt-5: is no model: it should be PROVIDER/MODEL or the path of a .gguf file",
    );
    expect(await failure(new Workspace().loadText("[models.settings]\nmax_output = 5"))).toContain(
      "models.settings.max_output: is no model",
    );
  });

  test("limits and attachments are checked as well", async () => {
    const complaint = (toml: string) => failure(new Workspace().loadText(toml));
    expect(await complaint("[limits]\nper_day = -1")).toContain("limits.per_day: should be an amount");
    expect(await complaint("[limits]\nper_week = 1")).toContain("limits.per_week: unknown key");
    expect(await complaint("[attachments]\nmax_bytes = 0")).toContain("attachments.max_bytes: should be");
    expect(await complaint("[providers.openai]\napi = 'completions'")).toContain(
      'providers.openai.api: should be "chat" or "responses"',
    );
  });
});
