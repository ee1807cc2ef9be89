/** Where keys of providers come from, beside what mcpchat keeps. Pure. */
import type { Configuration } from "../config/configuration.ts";
import type { Environment } from "../config/paths.ts";
import { keyPath } from "../config/problem.ts";
import { entryOf } from "../llm/fields.ts";
import { PRESETS } from "../llm/presets.ts";

export interface KeySource {
  from: "configuration" | "environment";
  /** The file, or the variable. */
  name: string;
  key: string;
}

/** Of one provider, the one that is used first. A project's address gets no key of the environment. */
export function keySources(
  provider: string,
  { providers, sources }: Pick<Configuration, "providers" | "sources">,
  env: Environment,
): KeySource[] {
  const configured = providers.find(({ name }) => name === provider);
  const key = configured?.apiKey?.trim();
  const file = sources[keyPath(["providers", provider])] ?? "the configuration";
  const variables = configured?.ownKeyOnly ? [] : (entryOf(PRESETS, provider)?.keyVariables ?? []);
  return [
    ...(key ? [{ from: "configuration" as const, name: file, key }] : []),
    ...variables.flatMap((name) => {
      const value = env[name]?.trim();
      return value ? [{ from: "environment" as const, name, key: value }] : [];
    }),
  ];
}
