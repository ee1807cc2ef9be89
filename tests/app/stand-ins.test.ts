/** The models that may answer in place of the chosen one, from the configuration of a user. */
import { expect, test } from "bun:test";
import { standIns } from "../../src/app/stand-ins.ts";
import { parseModelName } from "../../src/llm/select.ts";

const names = (fallback: string[], chosen = "openai/gpt-5") => standIns({ fallback }, chosen);

test("each is there once, in its place, and the chosen one is not", () => {
  expect(names(["mistral/small", "openai/gpt-5", " groq/llama ", "mistral/small"])).toEqual([
    "mistral/small",
    "groq/llama",
  ]);
});

test("a name is itself, also one that every object has", () => {
  expect(names(["constructor/toString", "constructor"])).toEqual(["constructor/toString", "constructor"]);
});

test("every one that a configuration lets through can be read", () => {
  for (const name of names(["openrouter/a/b:free", "local/mine", "./x.gguf"]))
    expect(parseModelName(name)).toBeDefined();
});
