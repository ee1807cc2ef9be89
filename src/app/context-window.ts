/** How much a model can take: as the user says, as it is loaded, or as the price list knows. */
import { SURELY_FITS } from "../chat/context/surely-fits.ts";
import { type Configuration, providerNamed } from "../config/configuration.ts";
import type { Environment } from "../config/paths.ts";
import { familyOf } from "../llm/anthropic/families.ts";
import type { ModelFacts, PriceBook } from "../pricing/port.ts";
import type { App } from "./app.ts";
import type { ChosenModel } from "./model.ts";
import { openPrices } from "./prices.ts";

export interface Window {
  facts: ModelFacts & { contextWindow: number };
  mostReserved?: number;
}

/** Remembers the price list. */
export class Windows {
  readonly #app: App;
  readonly #env: Environment;
  #prices: Promise<PriceBook> | undefined;

  constructor(app: App, env: Environment) {
    this.#app = app;
    this.#env = env;
  }

  /**
   * Undefined where it is not known, or where a request of so many tokens fits in any case: without `tokens` nothing is
   * left out of sight.
   */
  async of(
    chosen: ChosenModel,
    configuration: Configuration,
    tokens = Number.POSITIVE_INFINITY,
  ): Promise<Window | undefined> {
    const { provider, model, local } = chosen;
    if (local) return windowOf(this.#loadedSize(local) ?? local.load.contextSize);
    const settings = configuration.modelSettings[`${provider.name}/${model}`];
    if (settings?.contextWindow === undefined && tokens <= SURELY_FITS) return undefined;
    const listed = settings?.contextWindow === undefined ? await this.#listed(chosen) : {};
    const maxOutput = settings?.maxOutput ?? listed.maxOutput;
    const isAnthropic = providerNamed(configuration, provider.name).kind === "anthropic";
    return windowOf(settings?.contextWindow ?? listed.contextWindow, {
      ...(maxOutput !== undefined && { maxOutput }),
      ...(isAnthropic && { mostReserved: reservedBy(model) }),
    });
  }

  #loadedSize({ path }: NonNullable<ChosenModel["local"]>): number | undefined {
    return this.#app.models.loader.loaded().find((loaded) => loaded.path === path)?.contextSize;
  }

  async #listed({ provider, model }: ChosenModel): Promise<ModelFacts> {
    this.#prices ??= openPrices(this.#app, this.#env);
    return (await this.#prices).facts(provider.name, model);
  }
}

/** Of a window, for an answer that is cut where the window ends: most are far shorter than their limit. */
const MOST_OF_CUT_ANSWERS = 32_000;

/** Tokens, of a model behind Anthropic's API. */
function reservedBy(model: string): number {
  const { maxTokens, refusesOverflow } = familyOf(model);
  return refusesOverflow ? maxTokens : Math.min(maxTokens, MOST_OF_CUT_ANSWERS);
}

function windowOf(
  contextWindow: number | undefined,
  { maxOutput, mostReserved }: { maxOutput?: number; mostReserved?: number } = {},
): Window | undefined {
  if (contextWindow === undefined) return undefined;
  return {
    facts: { contextWindow, ...(maxOutput !== undefined && { maxOutput }) },
    ...(mostReserved !== undefined && { mostReserved }),
  };
}
