/** What can go wrong with a login or a renewal, in one line for people, sorted by class and code. */
import type { FetchLike } from "@modelcontextprotocol/client";
import { UserError } from "../../../lib/errors.ts";
import { oneLine } from "../text.ts";
import { AuthRequestFailed, LoginFailed, TokenRefused } from "./errors.ts";

/**
 * The same `fetch`, but a refusal of the token endpoint is thrown as TokenRefused. The SDK would answer one with a
 * second login by itself, and write what the server said to the console.
 */
export function refusingTokens(fetch: FetchLike): FetchLike {
  return async (url, init) => {
    const response = await fetch(url, init);
    if (response.ok || init?.method !== "POST") return response;
    throw refusalFrom(response.status, await response.text());
  };
}

function refusalFrom(status: number, text: string): TokenRefused {
  const body = parse(text);
  if (!body || typeof body.error !== "string") return new TokenRefused(`HTTP ${status}`, "");
  const said = typeof body.error_description === "string" ? body.error_description : "";
  return new TokenRefused(body.error, said);
}

function parse(text: string): { error?: unknown; error_description?: unknown } | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null ? body : undefined;
  } catch {
    return undefined;
  }
}

/** Why a login came to nothing. What is no failure of ours or theirs is returned as it is. */
export async function loginFailure(error: unknown): Promise<unknown> {
  if (error instanceof UserError) return error;
  if (error instanceof AuthRequestFailed) {
    const unreachable = error.kind === "unreachable" || error.kind === "late";
    return new LoginFailed(error.message, unreachable ? "unreachable" : "refused");
  }
  if (error instanceof TokenRefused) {
    return new LoginFailed(`its authorization server gave no token: ${error.message}`, "refused");
  }
  return (await issuerFailure(error)) ?? refusal(error);
}

/** An authorization server that is not who it should be, in words; undefined for any other error. */
export async function issuerFailure(error: unknown): Promise<LoginFailed | undefined> {
  const sdk = await import("@modelcontextprotocol/client");
  if (error instanceof sdk.IssuerMismatchError) {
    // What it was instead is whatever somebody sent, and is not shown.
    const expected = oneLine(error.expected ?? "the one that was asked");
    const what =
      error.kind === "metadata" ? "its authorization server says that it is" : "the answer comes from";
    return new LoginFailed(`${what} another one than ${expected}: refused`, "refused");
  }
  if (error instanceof sdk.AuthorizationServerMismatchError) {
    return new LoginFailed(
      "its authorization server has changed during the login: refused",
      "refused",
      "try again",
    );
  }
  return undefined;
}

async function refusal(error: unknown): Promise<unknown> {
  const sdk = await import("@modelcontextprotocol/client");
  if (error instanceof sdk.RegistrationRejectedError) {
    const why = refusalFrom(error.status, error.body).message;
    return new LoginFailed(
      `its authorization server does not register us: ${why}`,
      "refused",
      "name a client_id in the server's oauth table",
    );
  }
  if (error instanceof sdk.OAuthError)
    return new LoginFailed(`refused: ${oneLine(`${error.code}: ${error.message}`)}`, "refused");
  if (error instanceof Error) return new LoginFailed(`cannot log in: ${oneLine(error.message)}`, "refused");
  return error;
}
