/** What a provider's API has no field for: left out of the request, and told. */
import type { Block, Media } from "../lib/conversation.ts";
import type { Endpoint } from "./endpoint.ts";
import type { ModelRequest, Sampling } from "./port.ts";

const NAMES: Readonly<Record<keyof Sampling, string>> = {
  seed: "seed",
  topP: "top_p",
  topK: "top_k",
  minP: "min_p",
};

export type Spoken = Pick<Endpoint, "name" | "kind" | "api" | "quirks">;

/** Lines that name what of a request `endpoint` is not told of. */
export function unmappedLines(endpoint: Spoken, request: ModelRequest): string[] {
  const left = [...leftSampling(endpoint, request), ...leftSettings(endpoint, request)];
  const unread = unreadMedia(endpoint, request);
  return [
    ...(left.length === 0 ? [] : [`${endpoint.name} takes no ${left.join(" and no ")}: left out`]),
    ...(unread ? [unread] : []),
  ];
}

/** Chat Completions as OpenAI defines it: other servers may know more fields, but many refuse a request for one. */
function missing({ kind, api, quirks }: Spoken): readonly (keyof Sampling)[] {
  if (kind === "anthropic") return ["seed", "minP"];
  const hasSeed = api === "chat" && quirks.seedField !== "none";
  return [...(hasSeed ? [] : (["seed"] as const)), "topK", "minP"];
}

function leftSampling(endpoint: Spoken, { sampling = {} }: ModelRequest): string[] {
  return missing(endpoint)
    .filter((name) => sampling[name] !== undefined)
    .map((name) => NAMES[name]);
}

function leftSettings({ kind, api, quirks }: Spoken, { stop = [], effort }: ModelRequest): string[] {
  if (kind === "anthropic") return [];
  const isThoughtless =
    api === "chat" && quirks.effort === "none" && effort !== undefined && effort !== "off";
  return [
    ...(api === "responses" && stop.length > 0 ? ["stop"] : []),
    ...(isThoughtless ? ["level of thinking"] : []),
  ];
}

/** PDFs that a server is told no more of than their names. */
function unreadMedia({ name, kind, api, quirks }: Spoken, { messages }: ModelRequest): string | undefined {
  if (kind === "anthropic" || api === "responses" || quirks.pdf !== "none") return undefined;
  const has = messages.some(({ blocks }) => blocks.flatMap(mediaOf).some(isPdf));
  return has ? `${name} takes no PDF: it is told no more than the name` : undefined;
}

function mediaOf(block: Block): readonly Media[] {
  if (block.type === "media") return [block];
  return block.type === "tool_result" ? (block.media ?? []) : [];
}

function isPdf({ mediaType }: Media): boolean {
  return mediaType === "application/pdf";
}
