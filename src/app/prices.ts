/** Prices and windows of models, as the configuration of the moment has them. */
import { type Configuration, providerNamed } from "../config/configuration.ts";
import type { Environment } from "../config/paths.ts";
import { UserError } from "../lib/errors.ts";
import { resolveEndpoint } from "../llm/settings.ts";
import type { PriceBook } from "../pricing/port.ts";
import type { App } from "./app.ts";

/** Loads the price list: for where prices or windows are wanted. */
export async function openPrices(app: App, env: Environment): Promise<PriceBook> {
  const configuration = (await app.services.need("config")).current();
  const { openPriceBook } = await import("../pricing/book.ts");
  const addressOf = (provider: string) => addressIn(configuration, env, provider);
  return openPriceBook({ settings: configuration.modelSettings, addressOf });
}

/** Undefined where it cannot be said. What a provider costs can be known without having its key. */
function addressIn(configuration: Configuration, env: Environment, provider: string): string | undefined {
  try {
    return resolveEndpoint({ ...providerNamed(configuration, provider), apiKey: "none" }, env).baseUrl;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return undefined;
  }
}
