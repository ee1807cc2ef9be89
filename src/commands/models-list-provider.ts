/** `mcpchat models list --provider`: the models of a provider, asked of itself. */
import { modelsOf, type OfferedModel } from "../app/provider-models.ts";
import { singleLine } from "../lib/text-layout.ts";
import { providerNames } from "../llm/select.ts";
import { dollars } from "../pricing/money.ts";
import { type CommandContext, worldOf } from "./command.ts";
import { print, printJson } from "./print.ts";
import { knownProvider } from "./provider-name.ts";
import { withApp } from "./with-app.ts";

const NAME_COLUMNS = 100;
const UNKNOWN = "unknown";

/** Throws UsageError for a provider that nobody knows, ConfigurationError and ProviderError. */
export async function listProvider(
  context: CommandContext,
  values: { provider: string; json?: boolean },
): Promise<number> {
  const offered = await withApp(context, values, async (app, notify) => {
    const { providers } = (await app.services.need("config")).current();
    const provider = knownProvider(values.provider, ["local", ...providerNames(providers)]);
    const models = await modelsOf(app, worldOf(context).env, provider);
    if (models.length === 0) notify(values.json ? "info" : "warn", `${provider} has no model`);
    return models;
  });
  if (values.json) await printJson(offered.map(offeredJson));
  else await print(offeredLines(offered).join(""));
  return 0;
}

/** Names, context sizes in tokens, and prices for a million tokens in columns. */
export function offeredLines(models: readonly OfferedModel[]): string[] {
  const rows = models.map((model) => [shown(model), contextOf(model), pricesOf(model), stateOf(model)]);
  const widths = [0, 1, 2].map((column) =>
    rows.reduce((widest, row) => Math.max(widest, Bun.stringWidth(row[column] ?? "")), 0),
  );
  return rows.map((row) => {
    const cells = row.map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - Bun.stringWidth(cell)));
    return `${cells.join("  ").trimEnd()}\n`;
  });
}

function shown({ provider, name }: OfferedModel): string {
  return singleLine(`${provider}/${name}`, NAME_COLUMNS);
}

function contextOf({ contextWindow }: OfferedModel): string {
  return `context ${contextWindow === undefined ? UNKNOWN : grouped(contextWindow)}`;
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

function pricesOf({ inputPrice, outputPrice }: OfferedModel): string {
  if (inputPrice === undefined && outputPrice === undefined) return `price ${UNKNOWN}`;
  return `${priceText(inputPrice)} in, ${priceText(outputPrice)} out`;
}

/** Cents are written to the end, so that prices beside each other look alike. */
function priceText(price: number | undefined): string {
  if (price === undefined) return UNKNOWN;
  return dollars(price).replace(/\.\d$/, "$&0");
}

function stateOf({ loaded }: OfferedModel): string {
  return loaded ? "loaded" : "";
}

/** Prices are in US dollars for a million tokens. */
export function offeredJson(model: OfferedModel): object {
  const { provider, name, contextWindow, maxOutput, inputPrice, outputPrice, loaded } = model;
  return {
    model: `${provider}/${name}`,
    provider,
    name,
    context_window: contextWindow ?? null,
    max_output: maxOutput ?? null,
    input_price: inputPrice ?? null,
    output_price: outputPrice ?? null,
    loaded: loaded ?? null,
  };
}
