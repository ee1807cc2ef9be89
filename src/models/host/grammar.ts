/** What makes a model's answer JSON of a schema, from its first token to its last. */
import type { LlamaGrammar, LlamaModel, Token, TokenBias } from "node-llama-cpp";
import type { JsonObject } from "../../lib/conversation.ts";
import { ModelError } from "../problem.ts";
import type { Engine } from "./engine.ts";
import { grammarSchema } from "./grammar-schema.ts";
import type { Loaded } from "./loaded.ts";
import { isLooping } from "./loop.ts";

/** The library ends its JSON grammars like that. */
const END = "\n".repeat(4);

/**
 * The rules of the library for numbers allow exponents: `1e-5` as a whole number, and `1e999`, which JSON.parse reads as
 * Infinity.
 */
const NUMBER_RULES: Readonly<Record<string, string>> = {
  "integer-number-rule": '"-"? ("0" | [1-9] [0-9]{0,14})',
  "fractional-number-rule": '"-"? ("0" | [1-9] [0-9]{0,14}) ("." [0-9]{1,15})?',
};

/** The library's own grammar of a schema that `grammarSchema` made. Throws when it can make none. */
export async function libraryGrammar({ llama }: Engine, converted: JsonObject): Promise<LlamaGrammar> {
  // The library checks what it takes at run time; its type wants to know the schema when it is compiled.
  return llama.createGrammarForJsonSchema(converted as { type: "object" });
}

/** Throws ModelError `bad_schema`. */
export async function grammarFor(engine: Engine, schema: JsonObject): Promise<LlamaGrammar> {
  const { llama, library } = engine;
  try {
    const made = await libraryGrammar(engine, grammarSchema(schema, { optional: "write" }));
    return await llama.createGrammar({
      grammar: withPlainNumbers(made.grammar),
      stopGenerationTriggers: [library.LlamaText([END])],
      trimWhitespaceSuffix: true,
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ModelError({
      code: "bad_schema",
      message: `no grammar can be made of the schema: ${reason.split("\n")[0]}`,
      advice: "simplify the schema",
    });
  }
}

/** The grammar with our rules for numbers. */
export function withPlainNumbers(grammar: string): string {
  return grammar
    .split("\n")
    .map((line) => {
      const name = line.split(" ::= ", 1)[0] ?? "";
      const rule = NUMBER_RULES[name];
      return rule === undefined ? line : `${name} ::= ${rule}`;
    })
    .join("\n");
}

/** Beyond any difference that weights make. */
const STRONG = 1000;

/** A preference for what closes something: texts, lists, objects, and before them what leads on. */
export function closingBias({ library }: Engine, model: LlamaModel): TokenBias {
  const closing = new library.TokenBias(model.tokenizer);
  for (const token of model.iterateAllTokens()) {
    const text = model.detokenize([token]);
    if (/^["}\]]+$/.test(text)) closing.set(token, { logit: STRONG });
    else if (/^[,:\n]$/.test(text)) closing.set(token, { logit: STRONG / 2 });
  }
  return closing;
}

/**
 * A grammar alone does not bring an answer to its end: a text may go on for ever. Past the number of tokens `from`, and
 * while the model repeats itself, whatever closes something is preferred.
 */
export function landing(
  { library }: Engine,
  { model, closing }: Pick<Loaded, "model" | "closing">,
  generated: readonly Token[],
  from: number,
): () => TokenBias {
  const free = new library.TokenBias(model.tokenizer);
  return () => (generated.length < from && !isLooping(generated) ? free : closing());
}
