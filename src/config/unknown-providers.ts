/** Names of models whose provider is none: told when they are read, as they may be used late or never. Pure. */
import { nearest } from "../lib/nearest.ts";
import { singleLine } from "../lib/text-layout.ts";
import { COMMAND_LINE, type Merged } from "./layers.ts";
import { keyPath } from "./problem.ts";

/** What is under this name runs in here. */
const LOCAL = "local";
/** A name has no more. */
const LONGEST_SHOWN = 64;

interface Named {
  model: string;
  /** Where it stands, for people. */
  place: string;
}

/** A line for each model of `fallback` and `models.settings` whose provider is neither configured nor one of `known`. */
export function unknownProviders(merged: Merged, known: readonly string[]): string[] {
  const providers = [...new Set([...known, ...Object.keys(merged.values.providers ?? {}), LOCAL])];
  return [...fallbacks(merged), ...settings(merged)].flatMap(({ model, place }) => {
    const provider = providerIn(model);
    if (provider === undefined || providers.includes(provider)) return [];
    const near = nearest(provider, providers);
    const advice = near === undefined ? `there are ${providers.join(", ")}` : `did you mean ${near}?`;
    return [`${place}: unknown provider ${singleLine(provider, LONGEST_SHOWN)}; ${advice}`];
  });
}

function fallbacks({ values, sources }: Merged): Named[] {
  const source = sources.fallback ?? "";
  return (values.fallback ?? []).map((model, index) => {
    const ofFile = source.startsWith("MCPCHAT_") ? source : `${source}: fallback.${index}`;
    return { model, place: source === COMMAND_LINE ? "--fallback" : ofFile };
  });
}

function settings({ values, sources }: Merged): Named[] {
  return Object.keys(values.models?.settings ?? {}).map((model) => {
    const key = keyPath(["models", "settings", model]);
    const source = Object.keys(sources).find((one) => one.startsWith(`${key}.`));
    const file = source === undefined ? "" : `${sources[source]}: `;
    return { model, place: `${file}${key}` };
  });
}

/** Undefined for what is, or may be, the path of a file. */
function providerIn(model: string): string | undefined {
  if (/^(?:[~.\\/]|[a-z]:[\\/])|\.gguf$/i.test(model)) return undefined;
  return model.slice(0, Math.max(0, model.indexOf("/"))) || undefined;
}
