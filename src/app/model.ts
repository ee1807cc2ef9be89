/** From the configuration to a model that can be asked: which one, through which guards. */
import { type Configuration, providerNamed } from "../config/configuration.ts";
import type { Environment } from "../config/paths.ts";
import { withBreaker } from "../llm/breaker.ts";
import { createProvider } from "../llm/create.ts";
import { guarded } from "../llm/guard.ts";
import type { LocalModel } from "../llm/local/request.ts";
import { limitsFor } from "../llm/patience.ts";
import type { Provider } from "../llm/port.ts";
import { chooseModel, DEMO, LOCAL, type OwnModels, settingsFor } from "../llm/select.ts";
import { resolveEndpoint } from "../llm/settings.ts";
import type { App } from "./app.ts";

export interface ChosenModel {
  provider: Provider;
  model: string;
  /** The file, for a model inside this executable. */
  local?: LocalModel;
  /** The demo, because there is nothing else and nobody asked for it. */
  isMakeshift: boolean;
  /** The demo, asked for or not: it gets its clock. */
  isDemo: boolean;
}

/** One line, for who gets the demo without having asked for it. */
export const DEMO_LINE =
  "no model is configured: this is the built-in demo, which knows a few sentences; " +
  "set ANTHROPIC_API_KEY or OPENAI_API_KEY, get a model with mcpchat models pull, or name one with -m";

/**
 * The model of that name, else of the configuration, else the `usual` one, else the first that there is. Throws
 * ConfigurationError, ModelError for a model inside this executable that is not there, and the signal's reason.
 */
export async function openModel(
  app: App,
  env: Environment,
  named?: string,
  usual?: string,
  signal: AbortSignal = app.signal,
): Promise<ChosenModel> {
  const configuration = (await app.services.need("config")).current();
  const fetch = (origin: string) => app.fetch(origin);
  const { providers, modelAliases: aliases } = configuration;
  const asked = named ?? configuration.model ?? usual;
  const own = ownModels(app, env, configuration);
  const keys = await app.keys();
  const offered = { providers, aliases, own, hasStoredKey: keys.has };
  const chosen = await chooseModel({ named: asked, ...offered, env, fetch, signal });
  if (chosen.provider === LOCAL) {
    const { openLocalModel } = await import("./local-model.ts");
    const isDemo = chosen.model === DEMO.model;
    return {
      ...(await openLocalModel(app, env, chosen.model)),
      isDemo,
      isMakeshift: isDemo && asked === undefined,
    };
  }
  const settings = await keys.fill(settingsFor(chosen.provider, providers), signal);
  const { headerTimeoutMs, idleTimeoutMs } = providerNamed(configuration, chosen.provider);
  const endpoint = resolveEndpoint(settings, env);
  const limits = limitsFor(endpoint, { headersMs: headerTimeoutMs, idleMs: idleTimeoutMs });
  const address = { provider: chosen.provider, baseUrl: endpoint.baseUrl };
  const circuitFor = async (model: string) => (await app.services.need("circuits")).of({ ...address, model });
  // A chat opens its model anew for each turn: what was refused once is not sent again all the same.
  const plain = async () => (await app.services.need("circuits")).plain(address);
  const provider = guarded(createProvider(settings, { fetch, env, plain }), {
    limits,
    breaker: (attempts) => withBreaker(attempts, circuitFor),
  });
  return { provider, model: chosen.model, isMakeshift: false, isDemo: false };
}

/** Begins to load a model inside this executable, while there is other work; what goes wrong is told by the turn that needs it. */
export function loadAhead(app: App, chosen: ChosenModel): ChosenModel {
  const { local } = chosen;
  if (local) app.models.loader.load(local.path, local.load, () => {}, app.signal).catch(() => {});
  return chosen;
}

/** Looked for only when nothing else was named. */
function ownModels(app: App, env: Environment, { models }: Configuration): OwnModels {
  const offered = async () => (await import("./local-model.ts")).offeredModels(app, env, models);
  return {
    newest: async () => (await offered()).newest(),
    hasDemo: async () => (await offered()).hasDemo(),
    isThere: async (path) => (await offered()).isThere(path),
  };
}
