/** From the configuration to a model that can be asked: which one, through which guards. */
import { providerNamed } from "../config/configuration.ts";
import type { Environment } from "../config/paths.ts";
import { createProvider } from "../llm/create.ts";
import { guarded } from "../llm/guard.ts";
import { limitsFor } from "../llm/patience.ts";
import type { Provider } from "../llm/port.ts";
import { chooseModel } from "../llm/select.ts";
import { resolveEndpoint } from "../llm/settings.ts";
import type { App } from "./app.ts";

export interface ChosenModel {
  provider: Provider;
  model: string;
}

/** The model of the configuration, or the first that the environment offers. Throws ConfigurationError. */
export async function openModel(app: App, env: Environment, named?: string): Promise<ChosenModel> {
  const configuration = (await app.services.need("config")).current();
  const fetch = (origin: string) => app.fetch(origin);
  const { providers } = configuration;
  const chosen = await chooseModel({
    named: named ?? configuration.model,
    providers,
    env,
    fetch,
    signal: app.signal,
  });
  const settings = providers.find(({ name }) => name === chosen.provider) ?? { name: chosen.provider };
  const { headerTimeoutMs, idleTimeoutMs } = providerNamed(configuration, chosen.provider);
  const limits = limitsFor(resolveEndpoint(settings, env), {
    headersMs: headerTimeoutMs,
    idleMs: idleTimeoutMs,
  });
  return { provider: guarded(createProvider(settings, { fetch, env }), { limits }), model: chosen.model };
}
