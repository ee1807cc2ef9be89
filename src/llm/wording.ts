import type { ProviderErrorKind } from "./errors.ts";

/** Who was asked for what: what an error message has to name, and the key that it must not. */
export interface Target {
  provider: string;
  /** Empty where the provider is meant as a whole. */
  model: string;
  /** Scheme, host and port, without credentials. */
  origin: string;
  /** Host and port of the proxy that requests go through, without credentials. */
  proxy?: string;
  /** The environment variable that may hold the key. */
  keyVariable?: string;
  /** Only ever compared with, to keep it out of messages. */
  apiKey?: string;
}

/** Where the words of a provider are cut. */
const LONGEST_WORDS = 300;

const HAPPENED: Readonly<Record<ProviderErrorKind, string>> = {
  network: "cannot be reached",
  timeout: "did not answer in time",
  overloaded: "is overloaded",
  server: "failed",
  conflict: "reported a conflict",
  rate_limit: "limits the rate of requests",
  quota: "has reached a spending limit",
  auth: "refused the key",
  not_found: "was not found",
  bad_request: "refused the request",
  too_long: "finds the conversation too long",
  idle: "stopped sending",
  cut_off: "broke off its answer",
  protocol: "did not answer as a model provider does",
  circuit_open: "failed too often, and is left alone for now",
  unsent: "was not asked",
  aborted: "was stopped",
};

/** One line: who, what happened, the status, and the provider's own words. */
export function messageFor(
  kind: ProviderErrorKind,
  target: Target,
  said: { status?: number; words: string },
): string {
  const status = said.status === undefined ? "" : ` (${said.status})`;
  const words = presentable(said.words, target.apiKey);
  const who = target.model === "" ? target.provider : `${target.provider}/${target.model}`;
  return `${who} ${HAPPENED[kind]}${status}${words ? `: ${words}` : ""}`;
}

/** What the user can do about it. */
export function adviceFor(kind: ProviderErrorKind, target: Target): string | undefined {
  const key = `api_key of [providers.${target.provider}]`;
  const baseUrl = `base_url of [providers.${target.provider}]`;
  const who = `${target.provider}/${target.model}`;
  const advice: Partial<Record<ProviderErrorKind, string>> = {
    network: `check the network, that the server runs, and ${baseUrl}`,
    timeout: `try again, or raise header_timeout of [providers.${target.provider}]`,
    overloaded: "try again later, or choose another model with -m",
    server: "try again later, or choose another model with -m",
    rate_limit: "try again later, or choose another model with -m",
    quota: "raise the limit or add credit at the provider, or choose another model with -m",
    auth: `set ${target.keyVariable ? `${target.keyVariable}, ` : ""}${key}, or run mcpchat keys set ${target.provider}`,
    not_found: target.model === "" ? `check ${baseUrl}` : `check the model's name, or ${baseUrl}`,
    too_long: `start a new session, or send less; with context_window in [models.settings."${who}"] what is too much is left out`,
    idle: `try again, or raise idle_timeout of [providers.${target.provider}]`,
    conflict: "try again later, or choose another model with -m",
    bad_request: "mend or leave out what it names, or choose another model with -m",
    cut_off: "try again",
    protocol: `check ${baseUrl}`,
    circuit_open: "try again later, or choose another model with -m",
  };
  return advice[kind];
}

/** Foreign words made fit for one line: no key, no control or direction characters, not too long. */
export function presentable(words: string, apiKey?: string): string {
  const secretless = (apiKey ? words.replaceAll(apiKey, "[key]") : words).replace(KEY_LIKE, "[key]");
  const line = secretless.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
  const characters = Array.from(line);
  return characters.length <= LONGEST_WORDS ? line : `${characters.slice(0, LONGEST_WORDS - 1).join("")}…`;
}

/** Keys of the usual form that a server may echo although they are not the one that was sent. */
const KEY_LIKE = /\b(sk|gsk|xai)-[\w-]{16,}/g;
