/** Asks a provider which models it has. */
import { ProviderError } from "../errors.ts";
import { readAnthropic } from "./anthropic.ts";
import { readCompatible, withoutFolder } from "./compatible.ts";
import { inOrder, type ListedModel, listed } from "./listed-model.ts";
import { readLmStudio, readShown, readTags } from "./own-servers.ts";
import { type Asking, askJson, notModels } from "./request.ts";

const ANTHROPIC_PAGE = 1000;
/** More than any has; a server that always has more is none to follow. */
const MOST_PAGES = 20;
/** Ollama is asked about each model. */
const MOST_SHOWN = 200;
const SHOWN_AT_ONCE = 4;

/**
 * The models of a provider that can be talked to, as far as it says so, in the order of their names. Throws
 * ProviderError, and the signal's reason.
 */
export async function listModels(asking: Asking): Promise<ListedModel[]> {
  const { name, kind } = asking.endpoint;
  if (kind === "anthropic") return inOrder(await listAnthropic(asking));
  if (name === "ollama") return inOrder(await listOllama(asking));
  if (name === "lmstudio") return inOrder(await listLmStudio(asking));
  const models = await listCompatible(asking);
  return inOrder(name === "gemini" ? withoutFolder(models) : models);
}

async function listCompatible(asking: Asking): Promise<ListedModel[]> {
  const { endpoint } = asking;
  return readCompatible(await askJson(asking, `${endpoint.baseUrl}/models`)) ?? never(asking);
}

async function listAnthropic(asking: Asking): Promise<ListedModel[]> {
  const models: ListedModel[] = [];
  let after: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const query = new URLSearchParams({ limit: String(ANTHROPIC_PAGE), ...(after && { after_id: after }) });
    const read = readAnthropic(await askJson(asking, `${asking.endpoint.baseUrl}/v1/models?${query}`));
    if (!read) throw notModels(asking.endpoint);
    models.push(...read.models);
    if (read.after === undefined || read.after === after) break;
    after = read.after;
  }
  return models;
}

async function listOllama(asking: Asking): Promise<ListedModel[]> {
  const root = rootOf(asking);
  const names = readTags(await askJson(asking, `${root}/api/tags`)) ?? never(asking);
  // It is there: what it has on a slow disk may take a moment.
  const { patienceMs: _, ...patient } = asking;
  const models = names.slice(MOST_SHOWN).map((name): ListedModel => ({ name }));
  const waiting = names.slice(0, MOST_SHOWN).values();
  const show = async () => {
    for (const name of waiting) models.push(...(await shown(patient, root, name)));
  };
  await Promise.all(Array.from({ length: SHOWN_AT_ONCE }, show));
  return models;
}

/** One of which it says nothing, or not in time, is there nevertheless. */
async function shown(asking: Asking, root: string, name: string): Promise<ListedModel[]> {
  try {
    const model = readShown(name, await askJson(asking, `${root}/api/show`, { model: name }));
    return model ? [model] : [];
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return [listed({ name })];
  }
}

/** Versions without an API of their own speak OpenAI's. */
async function listLmStudio(asking: Asking): Promise<ListedModel[]> {
  try {
    return readLmStudio(await askJson(asking, `${rootOf(asking)}/api/v0/models`)) ?? never(asking);
  } catch (error) {
    const isAway = error instanceof ProviderError && ["network", "timeout", "auth"].includes(error.kind);
    if (!(error instanceof ProviderError) || isAway) throw error;
    return listCompatible(asking);
  }
}

function rootOf({ endpoint }: Asking): string {
  return endpoint.baseUrl.replace(/\/v1$/, "");
}

function never({ endpoint }: Asking): never {
  throw notModels(endpoint);
}
