/**
 * What servers that speak OpenAI's API answer to `GET /models`. OpenAI itself names its models and nothing more; what
 * others add is told apart by the names of fields, as any of them may be behind any address. Pure.
 */
import { count, type Fields, fields, list, text } from "../fields.ts";
import { type ListedModel, listed, nameIn, tokensIn } from "./listed-model.ts";

/** Together's and LM Studio's words for what cannot be talked to. */
const OTHER_TYPES: ReadonlySet<string> = new Set(
  "audio embedding embeddings image moderation rerank transcribe video".split(" "),
);
const MILLION = 1_000_000;

/** Undefined when it is no list of models. Together answers a bare list. */
export function readCompatible(body: unknown): ListedModel[] | undefined {
  const { data } = fields(body);
  if (!Array.isArray(body) && !Array.isArray(data)) return undefined;
  return list(Array.isArray(body) ? body : data)
    .map(fields)
    .filter(isForChats)
    .flatMap(readEntry);
}

/** Gemini lists its models as `models/NAME`, and takes them by their names. */
export function withoutFolder(models: readonly ListedModel[]): ListedModel[] {
  return models.map((model) => ({ ...model, name: model.name.replace(/^models\//, "") }));
}

/** Only what says of itself that it is for something else is left out. */
function isForChats(entry: Fields): boolean {
  const { type, active, capabilities, architecture } = entry;
  // Mistral, Groq, OpenRouter, in this order.
  if (fields(capabilities).completion_chat === false || active === false) return false;
  const outputs = fields(architecture).output_modalities;
  if (Array.isArray(outputs) && !outputs.includes("text")) return false;
  return !OTHER_TYPES.has(text(type).toLowerCase());
}

function readEntry(entry: Fields): ListedModel[] {
  const name = nameIn(entry, "id", "name");
  if (name === undefined) return [];
  const best = fields(entry.top_provider);
  // OpenRouter and Together, LM Studio and Mistral, Groq, vLLM, llama.cpp, in this order.
  const contextWindow = tokensIn(
    entry.context_length,
    entry.max_context_length,
    entry.context_window,
    entry.max_model_len,
    fields(entry.meta).n_ctx_train,
  );
  const maxOutput = tokensIn(best.max_completion_tokens, entry.max_completion_tokens);
  return [listed({ name, contextWindow, maxOutput, ...pricesOf(fields(entry.pricing), name) })];
}

/**
 * OpenRouter's `prompt` and `completion` are texts, for one token, and negative where the price is not fixed; Together's
 * `input` and `output` are numbers, for a million, and both zero for what is not sold by the token.
 */
function pricesOf({ prompt, completion, input, output }: Fields, name: string): Partial<ListedModel> {
  if (prompt !== undefined || completion !== undefined) {
    return { ...priced("inputPrice", eachToken(prompt)), ...priced("outputPrice", eachToken(completion)) };
  }
  if (input === 0 && output === 0 && !/-free$/i.test(name)) return {};
  return { ...priced("inputPrice", count(input)), ...priced("outputPrice", count(output)) };
}

function priced(key: "inputPrice" | "outputPrice", price: number | undefined): Partial<ListedModel> {
  return price === undefined || !(price >= 0) ? {} : { [key]: price };
}

function eachToken(price: unknown): number | undefined {
  const value = typeof price === "string" && price.trim() !== "" ? Number(price) : count(price);
  // The product of such fractions ends in digits that mean nothing.
  return value === undefined || !Number.isFinite(value)
    ? undefined
    : Number((value * MILLION).toPrecision(12));
}
