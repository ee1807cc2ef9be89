/**
 * What can go wrong with a model, sorted once, by status and type, into what the rest of mcpchat acts on.
 */
import { ExitCode, UserError } from "../lib/errors.ts";

export type ProviderErrorKind =
  | "network"
  | "timeout"
  | "overloaded"
  | "server"
  | "conflict"
  | "rate_limit"
  | "quota"
  | "auth"
  | "not_found"
  | "bad_request"
  | "too_long"
  | "idle"
  | "cut_off"
  /** What came is not the provider's protocol: a web page, JSON instead of a stream, a redirect. */
  | "protocol"
  /** The circuit breaker lets nothing through for now. */
  | "circuit_open"
  /** It was not sent at all: a limit of the user's, a conversation that does not fit. */
  | "unsent"
  | "aborted";

/** Whether trying again can help: `unseen` means only if nothing was shown and no tool has run. */
export type RetryRule = "yes" | "unseen" | "no";

const RETRY: Record<ProviderErrorKind, RetryRule> = {
  network: "yes",
  timeout: "yes",
  overloaded: "yes",
  server: "yes",
  conflict: "yes",
  rate_limit: "yes",
  quota: "no",
  auth: "no",
  not_found: "no",
  bad_request: "no",
  too_long: "no",
  idle: "unseen",
  cut_off: "unseen",
  protocol: "no",
  circuit_open: "no",
  unsent: "no",
  aborted: "no",
};

const REFUSED: ReadonlySet<ProviderErrorKind> = new Set([
  "auth",
  "not_found",
  "bad_request",
  "too_long",
  "quota",
]);

export class ProviderError extends UserError {
  override readonly name = "ProviderError";
  readonly retry: RetryRule;
  readonly status: number | undefined;
  /** What the provider asked to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    readonly kind: ProviderErrorKind,
    message: string,
    /** `retry`, `code` and `exitCode` where the circumstances know better than the kind. */
    details: {
      status?: number;
      retryAfterMs?: number;
      advice?: string;
      cause?: unknown;
      retry?: RetryRule;
      code?: string;
      exitCode?: ExitCode;
    } = {},
  ) {
    const { code = kind, exitCode = REFUSED.has(kind) ? ExitCode.refused : ExitCode.unavailable } = details;
    super(message, code, exitCode, details.advice, { cause: details.cause });
    this.retry = details.retry ?? RETRY[kind];
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
  }
}
