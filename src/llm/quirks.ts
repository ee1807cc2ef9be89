/**
 * How servers that speak Chat Completions differ from what OpenAI wrote down: data of the presets, which the mapping
 * reads. So nothing else asks who a server is.
 */
export interface Quirks {
  /** The field for the most tokens of an answer: OpenAI's newer models refuse `max_tokens`, others know nothing else. */
  limitField: "max_tokens" | "max_completion_tokens";
  /** Whether a stream tells the usage only when asked; Mistral tells it anyway, and refuses fields it does not know. */
  asksForUsage: boolean;
  seedField: "seed" | "random_seed" | "none";
  /** How it is told how long to think. */
  effort: EffortField;
  /** How it takes a PDF; whether it looks at images is the model's affair. */
  pdf: "none" | "file" | "document_url";
  /** What it can be held to: a schema, or only that it is JSON. */
  format: "json_schema" | "json_object";
  /** Mistral refuses ids of calls that are not nine letters and digits. */
  callIds: "any" | "nine";
  /** Who may speak after the result of a tool: Mistral refuses the user there, before the assistant has said a word. */
  afterTools: "any" | "assistant";
  /** Whether it wants to see what it thought before its calls. */
  thoughts: "plain" | "none";
  /** Whether `completion_tokens` leaves out what was thought, which is paid all the same. */
  thoughtsApart: boolean;
  /** Whether `usage.cost` is what it cost in US dollars. */
  tellsCost: boolean;
}

/**
 * `levels`: `reasoning_effort`, with `none` for not at all; `openai`: the same, with the levels that each of OpenAI's
 * models has; `object`: OpenRouter's `reasoning`; `switch`: Mistral's levels, all or none; `thinking`: DeepSeek's two
 * fields.
 */
export type EffortField = "levels" | "openai" | "object" | "switch" | "thinking" | "none";

/** What nearly every imitation takes. */
export const USUAL_QUIRKS: Quirks = {
  limitField: "max_tokens",
  asksForUsage: true,
  seedField: "seed",
  effort: "none",
  pdf: "none",
  format: "json_schema",
  callIds: "any",
  afterTools: "any",
  thoughts: "none",
  thoughtsApart: false,
  tellsCost: false,
};
