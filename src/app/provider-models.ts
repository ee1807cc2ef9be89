/** Which models providers have: asked of themselves, and completed with what the price list and the user know. */
import type { Configuration } from "../config/configuration.ts";
import type { Environment } from "../config/paths.ts";
import { describeError, UserError } from "../lib/errors.ts";
import { isLoopback } from "../lib/loopback.ts";
import type { Endpoint } from "../llm/endpoint.ts";
import { listModels } from "../llm/listing/list-models.ts";
import type { ListedModel } from "../llm/listing/listed-model.ts";
import { providerNames, settingsFor } from "../llm/select.ts";
import { resolveEndpoint } from "../llm/settings.ts";
import type { PriceBook } from "../pricing/port.ts";
import type { App } from "./app.ts";
import { openPrices } from "./prices.ts";

/** A model that can be named as `PROVIDER/NAME`. */
export interface OfferedModel extends ListedModel {
  provider: string;
}

/** Where nobody said that a server is there, it answers at once or is not. */
const GLANCE_MS = 500;
/** A price may rise with the size of a request: this is one of the smallest. */
const SAMPLE_TOKENS = 1000;
const MILLION = 1_000_000;

/** Each takes a moment; nobody has so many but to annoy. */
const MOST_PRICED = 3000;

/** The models of one provider. Throws ConfigurationError and ProviderError. */
export async function modelsOf(app: App, env: Environment, provider: string): Promise<OfferedModel[]> {
  const configuration = (await app.services.need("config")).current();
  const endpoint = await endpointOf(app, env, configuration, provider);
  const models = await listModels({ ...ways(app), endpoint });
  return completed(app, endpoint.name, models, { configuration, prices: await openPrices(app, env) });
}

/**
 * The models of every provider that there is a key for, that is configured with an address, or that answers on this
 * machine. One that fails is told with a line, and keeps nobody from seeing the others.
 */
export async function modelsOfAll(app: App, env: Environment): Promise<OfferedModel[]> {
  const configuration = (await app.services.need("config")).current();
  const names = providerNames(configuration.providers);
  const asked = await Promise.all(names.map((name) => candidate(app, env, configuration, name)));
  const candidates = asked.filter((each) => each !== undefined);
  if (candidates.length === 0) return [];
  const lists = candidates.map(async ({ endpoint, isGuess }) => {
    try {
      const patience = isGuess ? { patienceMs: GLANCE_MS } : {};
      return { name: endpoint.name, models: await listModels({ ...ways(app), ...patience, endpoint }) };
    } catch (error) {
      if (!isGuess) tell(app, error);
      else if (!(error instanceof UserError)) throw error;
      return undefined;
    }
  });
  // Prices keep this thread busy, and who is still to answer would seem late.
  const answered = (await Promise.all(lists)).filter((each) => each !== undefined);
  if (answered.length === 0) return [];
  const known = { configuration, prices: await openPrices(app, env) };
  return answered.flatMap(({ name, models }) => completed(app, name, models, known));
}

interface Known {
  configuration: Configuration;
  prices: PriceBook;
}

function ways(app: App) {
  return { fetch: (origin: string) => app.fetch(origin), signal: app.signal };
}

async function endpointOf(
  app: App,
  env: Environment,
  { providers }: Configuration,
  provider: string,
): Promise<Endpoint> {
  const keys = await app.keys();
  return resolveEndpoint(await keys.fill(settingsFor(provider, providers), app.signal), env);
}

/** Undefined for a provider that nobody uses here. */
async function candidate(
  app: App,
  env: Environment,
  configuration: Configuration,
  name: string,
): Promise<{ endpoint: Endpoint; isGuess: boolean } | undefined> {
  const configured = configuration.providers.find((provider) => provider.name === name);
  const isMeant = configured?.baseUrl !== undefined || configured?.problem !== undefined;
  try {
    const endpoint = await endpointOf(app, env, configuration, name);
    if (isMeant || endpoint.apiKey !== undefined) return { endpoint, isGuess: false };
    if (isLoopback(new URL(endpoint.baseUrl).hostname)) return { endpoint, isGuess: true };
    // Without a key only where a variable, such as OLLAMA_HOST, has sent us.
    return { endpoint, isGuess: false };
  } catch (error) {
    // Whoever is not configured and has no key is not meant.
    if (isMeant) tell(app, error);
    else if (!(error instanceof UserError)) throw error;
    return undefined;
  }
}

function tell(app: App, error: unknown): void {
  app.signal.throwIfAborted();
  if (!(error instanceof UserError)) throw error;
  app.notify("warn", describeError(error));
}

/** What the user configured comes first, then what the provider says, then the price list. */
function completed(
  app: App,
  provider: string,
  models: readonly ListedModel[],
  { configuration, prices }: Known,
): OfferedModel[] {
  if (models.length > MOST_PRICED) {
    const of = `${provider} lists ${models.length} models`;
    app.notify("warn", `${of}; what is known of them was looked up for the first ${MOST_PRICED} alone`);
  }
  return models.map((model, index) => {
    const { name } = model;
    const isLookedUp = index < MOST_PRICED;
    const { contextWindow, maxOutput } = { ...(isLookedUp && prices.facts(provider, name)), ...model };
    const priced = { ...(isLookedUp && pricesIn(prices, provider, name)), ...model };
    const own = configuration.modelSettings[`${provider}/${name}`] ?? {};
    return {
      ...priced,
      ...(contextWindow !== undefined && { contextWindow }),
      ...(maxOutput !== undefined && { maxOutput }),
      ...own,
      provider,
    };
  });
}

function pricesIn(prices: PriceBook, provider: string, model: string): Partial<ListedModel> {
  const none = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
  const millionOf = (kind: "input" | "output") => {
    const cost = prices.cost({ provider, model, usage: { ...none, [kind]: SAMPLE_TOKENS }, at: Date.now() });
    return cost === undefined ? undefined : Number(((cost * MILLION) / SAMPLE_TOKENS).toPrecision(12));
  };
  const [inputPrice, outputPrice] = [millionOf("input"), millionOf("output")];
  return {
    ...(inputPrice !== undefined && { inputPrice }),
    ...(outputPrice !== undefined && { outputPrice }),
  };
}
