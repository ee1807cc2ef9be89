/** What keeps us from being known to a remote server; each message is one line for people. */
import { ExitCode, UserError } from "../../../lib/errors.ts";
import { RemoteFailure } from "../errors.ts";
import { oneLine } from "../text.ts";

/** Only a person can mend it, by a login: no run opens a browser by itself. */
export class LoginNeeded extends RemoteFailure {
  constructor(server: string, what = "it asks for a login", options?: ErrorOptions) {
    super(`${what}; run: mcpchat servers login ${server}`, true, true, options);
  }
}

/** The server wants more rights for one request than we were given, which says nothing of others. */
export class MoreRightsNeeded extends LoginNeeded {
  /** `scopes` are the server's own words, separated by spaces. */
  constructor(server: string, scopes: string | undefined) {
    super(server, `it needs more rights${scopes ? ` (scopes ${oneLine(scopes)})` : ""}`);
  }
}

/** What is kept of a login cannot be had or changed just now. */
export class CredentialsUnavailable extends UserError {
  override readonly name = "CredentialsUnavailable";
  constructor(message: string, advice: string, options?: ErrorOptions) {
    super(message, "configuration", ExitCode.configuration, advice, options);
  }
}

/** A login that came to nothing; the message is safe for a terminal. */
export class LoginFailed extends UserError {
  override readonly name = "LoginFailed";
  constructor(message: string, kind: "refused" | "unreachable" | "late", advice?: string) {
    super(message, "auth", kind === "unreachable" ? ExitCode.unavailable : ExitCode.refused, advice);
  }
}

/**
 * A request to an authorization server, or for what a server says of its own, that got no usable answer. A TypeError,
 * as the SDK takes any other error for "there is no such document" and goes on without it.
 */
export class AuthRequestFailed extends TypeError {
  override readonly name = "AuthRequestFailed";
  constructor(
    message: string,
    readonly kind: "insecure" | "unreachable" | "late" | "too_large",
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The token endpoint said no; `code` is the word of OAuth for it (RFC 6749, 5.2), `said` the server's own. */
export class TokenRefused extends Error {
  override readonly name = "TokenRefused";
  constructor(
    readonly code: string,
    readonly said: string,
  ) {
    super(oneLine(said === "" ? code : `${code}: ${said}`));
  }
}

/** The authorization server does not know us, or not any more. */
export function isAboutClient({ code }: TokenRefused): boolean {
  return code === "invalid_client" || code === "unauthorized_client";
}
