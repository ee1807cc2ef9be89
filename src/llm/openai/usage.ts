import type { Usage } from "../../lib/conversation.ts";
import { cachedTokens, count, type Fields, fields, isOddCount, tokenCount } from "../fields.ts";
import type { Quirks } from "../quirks.ts";

/**
 * The `usage` of Chat Completions; undefined where there is none, which is not nothing. What was read from the cache
 * and what was written to it are within the prompt.
 */
export function usageOf(
  usage: Fields,
  { thoughtsApart, tellsCost }: Pick<Quirks, "thoughtsApart" | "tellsCost">,
): Usage | undefined {
  if (isOddCount(usage.prompt_tokens) || isOddCount(usage.completion_tokens)) return undefined;
  const prompt = tokenCount(usage.prompt_tokens);
  const completion = tokenCount(usage.completion_tokens);
  if (prompt === undefined && completion === undefined) return undefined;
  const details = fields(usage.prompt_tokens_details);
  // The second is DeepSeek's name for it.
  const read = details.cached_tokens ?? usage.prompt_cache_hit_tokens;
  const { cacheRead, cacheWrite } = cachedTokens(prompt, read, details.cache_write_tokens);
  const rest = (tokenCount(usage.total_tokens) ?? 0) - (prompt ?? 0);
  const costUsd = tellsCost ? costOf(usage) : undefined;
  return {
    input: (prompt ?? 0) - cacheRead - cacheWrite,
    output: Math.max(completion ?? 0, thoughtsApart ? rest : 0),
    cacheRead,
    cacheWrite,
    ...(costUsd === undefined ? {} : { costUsd }),
  };
}

/** OpenRouter's: who brings a key of their own pays it a fee, and the model's provider the rest. */
function costOf(usage: Fields): number | undefined {
  const cost = dollars(usage.cost);
  if (cost === undefined || usage.is_byok !== true) return cost;
  return cost + (dollars(fields(usage.cost_details).upstream_inference_cost) ?? 0);
}

/** More than one answer costs anybody. */
const MOST_USD = 1e6;

function dollars(value: unknown): number | undefined {
  const usd = count(value);
  return usd !== undefined && usd >= 0 && usd <= MOST_USD ? usd : undefined;
}
