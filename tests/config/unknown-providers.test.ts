import { expect, test } from "bun:test";
import { type LoadOptions, loadConfiguration } from "../../src/config/load.ts";
import { Workspace } from "./workspace.ts";

const KNOWN = ["anthropic", "openai"];
const knownProviders = async () => KNOWN;

async function told(text: string, more: Partial<LoadOptions> = {}): Promise<string[]> {
  const workspace = new Workspace();
  const file = workspace.writeUser(text);
  const { notices } = await loadConfiguration(workspace.options({ knownProviders, ...more }));
  return notices.map((line) => line.replace(file, "FILE"));
}

test("a model that stands in is told at once when its provider is none, with the nearest", async () => {
  expect(await told('fallback = ["openai/a", "opnai/b"]')).toEqual([
    "FILE: fallback.1: unknown provider opnai; did you mean openai?",
  ]);
  expect(await told("", { overrides: { fallback: ["antropic/b"] } })).toEqual([
    "--fallback: unknown provider antropic; did you mean anthropic?",
  ]);
  expect(await told("", { env: { MCPCHAT_FALLBACK: "zzzzzz/b" } })).toEqual([
    "MCPCHAT_FALLBACK: unknown provider zzzzzz; there are anthropic, openai, local",
  ]);
});

test("what an alias stands for is looked at", async () => {
  expect(await told('fallback = ["other"]\n[models.aliases]\nother = "opnai/b"')).toEqual([
    "FILE: fallback.0: unknown provider opnai; did you mean openai?",
  ]);
});

test("so are models of which something is said", async () => {
  const text = '[models.settings."nosuch/x"]\ncontext_window = 1000\n[providers.nosuchh]\nkind = "openai"';
  expect(await told(text)).toEqual([
    'FILE: models.settings."nosuch/x": unknown provider nosuch; did you mean nosuchh?',
  ]);
});

test("what is configured, runs in here or is a path is known", async () => {
  const names = [
    "gpu/a/b",
    "local/x",
    "./folder/model.gguf",
    "~/x",
    "/x/y",
    "some folder/x.gguf",
    "openai/x",
  ];
  const text = `fallback = ${JSON.stringify(names)}\n[providers.gpu]\nbase_url = "http://gpu:1/v1"`;
  expect(await told(text)).toEqual([]);
});

test("nobody is asked who is known where there is no name to check", async () => {
  const never = () => Promise.reject(new Error("it was asked"));
  expect(await told('model = "nosuch/x"', { knownProviders: never })).toEqual([]);
});
