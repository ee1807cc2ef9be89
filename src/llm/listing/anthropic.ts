/** What Anthropic answers to `GET /v1/models`, a page at a time. Pure. */
import { fields, list, text } from "../fields.ts";
import { type ListedModel, listed, nameIn, tokensIn } from "./listed-model.ts";

export interface Page {
  models: ListedModel[];
  /** What the next page is to be asked for with; absent behind the last. */
  after?: string;
}

/** Undefined when it is no list of models. */
export function readAnthropic(body: unknown): Page | undefined {
  const { data, has_more: hasMore, last_id: lastId } = fields(body);
  if (!Array.isArray(data)) return undefined;
  const models = list(data).flatMap((each) => {
    const entry = fields(each);
    const name = nameIn(entry, "id");
    if (name === undefined) return [];
    const contextWindow = tokensIn(entry.max_input_tokens);
    return [listed({ name, contextWindow, maxOutput: tokensIn(entry.max_tokens) })];
  });
  const after = hasMore === true ? text(lastId) : "";
  return { models, ...(after !== "" && { after }) };
}
