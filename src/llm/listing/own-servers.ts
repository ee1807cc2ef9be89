/** What Ollama and LM Studio say of their models by APIs of their own, which say more. Pure. */
import { type Fields, fields, list, text } from "../fields.ts";
import { type ListedModel, listed, nameIn, tokensIn } from "./listed-model.ts";

/** The names in Ollama's answer to `/api/tags`; undefined when it is no list of models. */
export function readTags(body: unknown): string[] | undefined {
  const { models } = fields(body);
  if (!Array.isArray(models)) return undefined;
  return models.flatMap((each) => nameIn(fields(each), "name", "model") ?? []);
}

/** Ollama's answer to `/api/show`; undefined for a model that is not for chats. */
export function readShown(name: string, body: unknown): ListedModel | undefined {
  const { capabilities, model_info: info } = fields(body);
  // Older versions do not tell.
  if (Array.isArray(capabilities) && !capabilities.includes("completion")) return undefined;
  const about = fields(info);
  const family = text(about["general.architecture"]);
  const contextWindow = tokensIn(about[`${family}.context_length`]);
  return listed({ name, contextWindow });
}

/** LM Studio's answer to `/api/v0/models`; undefined when it is no list of models. */
export function readLmStudio(body: unknown): ListedModel[] | undefined {
  const { data } = fields(body);
  if (!Array.isArray(data)) return undefined;
  return list(data)
    .map(fields)
    .filter(({ type }) => type !== "embeddings")
    .flatMap(readLmStudioEntry);
}

/** One that is loaded may hold less than it could. */
function readLmStudioEntry(entry: Fields): ListedModel[] {
  const name = nameIn(entry, "id");
  if (name === undefined) return [];
  const contextWindow = tokensIn(entry.loaded_context_length, entry.max_context_length);
  const { state } = entry;
  return [
    listed({ name, contextWindow, loaded: typeof state === "string" ? state === "loaded" : undefined }),
  ];
}
