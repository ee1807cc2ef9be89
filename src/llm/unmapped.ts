/** What a provider's API has no field for: left out of the request, and told. */
import type { ProviderKind } from "./endpoint.ts";
import type { ModelRequest, Sampling } from "./port.ts";

const NAMES: Readonly<Record<keyof Sampling, string>> = {
  seed: "seed",
  topP: "top_p",
  topK: "top_k",
  minP: "min_p",
};

/** Chat Completions as OpenAI defines it: other servers may know more fields, but many refuse a request for one. */
const MISSING: Readonly<Record<ProviderKind, readonly (keyof Sampling)[]>> = {
  anthropic: ["seed", "minP"],
  openai: ["topK", "minP"],
};

/** One line that names the settings of a request that `provider` is not told of; undefined when there are none. */
export function unmappedLine(
  provider: string,
  kind: ProviderKind,
  { sampling = {} }: Pick<ModelRequest, "sampling">,
): string | undefined {
  const left = MISSING[kind].filter((name) => sampling[name] !== undefined).map((name) => NAMES[name]);
  if (left.length === 0) return undefined;
  return `${provider} takes no ${left.join(" and no ")}: left out`;
}
