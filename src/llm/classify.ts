import { type NetworkFailure, networkFailure } from "../lib/network-failure.ts";
import { ProviderError, type ProviderErrorKind } from "./errors.ts";
import type { Failure } from "./failure.ts";
import { entryOf } from "./fields.ts";
import { adviceFor, messageFor, type Target } from "./wording.ts";

/** Words that say more than the status they come with. */
const TELLING: Readonly<Record<string, ProviderErrorKind>> = {
  insufficient_quota: "quota",
  billing_error: "quota",
  billing_hard_limit_reached: "quota",
  billing_not_active: "quota",
  insufficient_balance: "quota",
  contract_spend_limit_reached: "quota",
  enforced_spend_limit_reached: "quota",
  context_length_exceeded: "too_long",
  exceed_context_size_error: "too_long",
  string_above_max_length: "too_long",
  request_too_large: "too_long",
  model_not_found: "not_found",
  invalid_api_key: "auth",
  overloaded_error: "overloaded",
  slow_down: "overloaded",
};

/** Words that decide when there is no status, as inside a stream. */
const GENERIC: Readonly<Record<string, ProviderErrorKind>> = {
  authentication_error: "auth",
  permission_error: "auth",
  not_found_error: "not_found",
  invalid_request_error: "bad_request",
  badrequesterror: "bad_request",
  invalid_prompt: "bad_request",
  data_residency_mismatch: "bad_request",
  bio_policy: "bad_request",
  cyber_policy: "bad_request",
  misalignment_policy_violation: "bad_request",
  empty_image_file: "bad_request",
  failed_to_download_image: "bad_request",
  image_content_policy_violation: "bad_request",
  image_file_not_found: "bad_request",
  image_file_too_large: "bad_request",
  image_parse_error: "bad_request",
  image_too_large: "bad_request",
  image_too_small: "bad_request",
  invalid_base64_image: "bad_request",
  invalid_image: "bad_request",
  invalid_image_format: "bad_request",
  invalid_image_mode: "bad_request",
  invalid_image_url: "bad_request",
  unsupported_image_media_type: "bad_request",
  rate_limit_error: "rate_limit",
  rate_limit_exceeded: "rate_limit",
  timeout_error: "timeout",
  vector_store_timeout: "timeout",
  conflict_error: "conflict",
  api_error: "server",
  server_error: "server",
};

const STATUS: Readonly<Record<number, ProviderErrorKind>> = {
  401: "auth",
  402: "quota",
  403: "auth",
  404: "not_found",
  408: "timeout",
  409: "conflict",
  413: "too_long",
  429: "rate_limit",
  503: "overloaded",
  504: "timeout",
  529: "overloaded",
};

/** The kind of a failure: by the provider's words for it, then the status; never by the text of a message. */
export function kindOf(failure: Failure): ProviderErrorKind {
  const telling = failure.types.map((type) => entryOf(TELLING, type)).find((kind) => kind !== undefined);
  if (telling) return telling;
  const { status } = failure;
  if (status !== undefined) return STATUS[status] ?? kindOfClass(status);
  return failure.types.map((type) => entryOf(GENERIC, type)).find((kind) => kind !== undefined) ?? "server";
}

function kindOfClass(status: number): ProviderErrorKind {
  if (status >= 500) return "server";
  return status >= 400 ? "bad_request" : "protocol";
}

/** Sorts what a provider said into the error that the rest of mcpchat acts on. */
export function classify(failure: Failure, target: Target, cause?: unknown): ProviderError {
  const kind = kindOf(failure);
  const { status, retryAfterMs } = failure;
  const words = failure.location ? `it redirects to ${failure.location}` : failure.words;
  // A server that says so has had the time that it wanted.
  const advice = adviceFor(kind === "timeout" ? "overloaded" : kind, target);
  return new ProviderError(
    kind,
    messageFor(kind, target, { words, ...(status === undefined ? {} : { status }) }),
    {
      cause,
      ...(status === undefined ? {} : { status }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(advice === undefined ? {} : { advice }),
    },
  );
}

/** An error that mcpchat itself notices: `words` are ours. */
export function providerError(
  kind: ProviderErrorKind,
  target: Target,
  words: string,
  cause?: unknown,
): ProviderError {
  const advice = adviceFor(kind, target);
  return new ProviderError(kind, messageFor(kind, target, { words }), {
    cause,
    ...(advice === undefined ? {} : { advice }),
  });
}

/** The end of a stream that the user, a deadline or a shutdown wanted; `reason` is the signal's. */
export function abortedError(target: Target, reason: unknown): ProviderError {
  return providerError("aborted", target, "", reason);
}

/** Of the codes of the runtime, those that are about the proxy itself. */
const OF_PROXY: ReadonlySet<string> = new Set(["ERR_PROXY_TUNNEL", "UnsupportedProxyProtocol"]);

/** A request that never got an answer, by the code of the system's error. */
export function networkError(cause: unknown, target: Target): ProviderError {
  const failure = networkFailure(cause);
  const { code, words, certificate } = failure;
  const kind = code === "ETIMEDOUT" && !certificate ? "timeout" : "network";
  const blamed = certificate ? undefined : blamedProxy(failure, target);
  const said = blamed === undefined ? words : `the proxy ${blamed}: ${words}`;
  // No setting makes a connection come about that the system gave up.
  const usual = adviceFor("network", target);
  const ofProxy = "check HTTP_PROXY, HTTPS_PROXY and ALL_PROXY, or name the host in NO_PROXY";
  const advice = certificate ? failure.advice : blamed === undefined ? usual : ofProxy;
  return new ProviderError(kind, messageFor(kind, target, { words: `${said} (${target.origin})` }), {
    cause,
    // It is as wrong the next time.
    ...(certificate ? { retry: "no" as const } : {}),
    ...(advice === undefined ? {} : { advice }),
  });
}

/** The proxy that no connection came about with: the server's own name and port play no part in it. */
function blamedProxy({ code, undelivered }: NetworkFailure, { proxy }: Target): string | undefined {
  const isBlamed = undelivered || code === "ETIMEDOUT" || OF_PROXY.has(code);
  return isBlamed ? proxy : undefined;
}
