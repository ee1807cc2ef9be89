import type { Usage } from "../../lib/conversation.ts";
import { count, type Fields, fields } from "../fields.ts";
import type { Quirks } from "../quirks.ts";

/**
 * The `usage` of Chat Completions; undefined where there is none, which is not nothing. What was read from the cache
 * and what was written to it are within the prompt.
 */
export function usageOf(
  usage: Fields,
  { thoughtsApart, tellsCost }: Pick<Quirks, "thoughtsApart" | "tellsCost">,
): Usage | undefined {
  const prompt = count(usage.prompt_tokens);
  const completion = count(usage.completion_tokens);
  if (prompt === undefined && completion === undefined) return undefined;
  const details = fields(usage.prompt_tokens_details);
  // The second is DeepSeek's name for it.
  const cacheRead = count(details.cached_tokens) ?? count(usage.prompt_cache_hit_tokens) ?? 0;
  const cacheWrite = count(details.cache_write_tokens) ?? 0;
  const rest = (count(usage.total_tokens) ?? 0) - (prompt ?? 0);
  const costUsd = tellsCost ? costOf(usage) : undefined;
  return {
    input: Math.max(0, (prompt ?? 0) - cacheRead - cacheWrite),
    output: Math.max(completion ?? 0, thoughtsApart ? rest : 0),
    cacheRead,
    cacheWrite,
    ...(costUsd === undefined ? {} : { costUsd }),
  };
}

/** OpenRouter's: who brings a key of their own pays it a fee, and the model's provider the rest. */
function costOf(usage: Fields): number | undefined {
  const cost = count(usage.cost);
  if (cost === undefined || usage.is_byok !== true) return cost;
  return cost + (count(fields(usage.cost_details).upstream_inference_cost) ?? 0);
}
