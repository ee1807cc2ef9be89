/** A new access token for an old one, by the refresh token: one process at a time, as servers accept it only once. */
import type { FetchLike } from "@modelcontextprotocol/client";
import { type Clock, systemClock } from "../../../lib/clock.ts";
import type { RemoteConfig } from "../config.ts";
import { RemoteFailure } from "../errors.ts";
import { boundedFetch } from "./bounded-fetch.ts";
import {
  type CredentialStore,
  type Credentials,
  issuedNow,
  serverAddress,
  type Tokens,
  withoutTokens,
} from "./credentials.ts";
import { AuthRequestFailed, isAboutClient, LoginNeeded, TokenRefused } from "./errors.ts";
import { issuerFailure, refusingTokens } from "./failures.ts";
import { configuredClient, keepTokens } from "./provider.ts";

interface Options {
  store: CredentialStore;
  fetch?: FetchLike;
  clock?: Clock;
}

/** The refusals of a token endpoint that say nothing against the refresh token. */
const PASSING = new Set(["server_error", "temporarily_unavailable", "too_many_requests", "slow_down"]);

/**
 * The token that follows `token`: whatever the store holds by now if that is another one. Throws LoginNeeded once no
 * token can be had without a person, and then there is none in the store; RemoteFailure when that is unknown.
 */
export async function renewal(config: RemoteConfig, token: string, options: Options): Promise<string> {
  const server = serverAddress(config.url);
  return options.store.exclusively(server, async () => {
    const current = await options.store.read(server);
    const now = issuedNow(current)?.tokens;
    if (now && now.access_token !== token) return now.access_token;
    try {
      return await renew(config, current, options);
    } catch (error) {
      return afterFailure(config, current, error, options);
    }
  });
}

async function renew(config: RemoteConfig, current: Credentials, options: Options): Promise<string> {
  const { clock = systemClock, store } = options;
  const tokens = await exchange(config, current, options);
  const { issuer = "" } = current;
  await store.write(keepTokens(current, issuer, { ...tokens, issuer }, clock));
  return tokens.access_token;
}

async function exchange(config: RemoteConfig, current: Credentials, options: Options): Promise<Tokens> {
  const { refreshAuthorization, discoverAuthorizationServerMetadata } = await import(
    "@modelcontextprotocol/client"
  );
  const { issuer, discovery } = current;
  const issued = issuedNow(current);
  const refreshToken = issued?.tokens?.refresh_token;
  const client = issuer === undefined ? undefined : (configuredClient(config, issuer) ?? issued?.client);
  if (issuer === undefined || refreshToken === undefined || !client) throw ended(config);
  const fetchFn = boundedFetch({ server: config.url, headers: config.headers, ...options });
  // Asked again each time, as what was there at the login may have moved, or belong to somebody else by now.
  const where = discovery?.authorizationServerUrl ?? issuer;
  const metadata = await discoverAuthorizationServerMetadata(where, { fetchFn });
  if ((metadata?.issuer ?? where) !== issuer) throw ended(config);
  const resource = discovery?.resourceMetadata?.resource;
  const renewed = await refreshAuthorization(where, {
    clientInformation: client,
    refreshToken,
    fetchFn: refusingTokens(fetchFn),
    ...(metadata && { metadata }),
    ...(resource !== undefined && { resource }),
  });
  const scope = renewed.scope ?? issued?.tokens?.scope;
  return { ...renewed, ...(scope !== undefined && { scope }) };
}

async function afterFailure(
  config: RemoteConfig,
  before: Credentials,
  error: unknown,
  options: Options,
): Promise<string> {
  if (error instanceof AuthRequestFailed) throw unsure(error.message, error.kind === "insecure", error);
  if (error instanceof TokenRefused && PASSING.has(error.code)) {
    throw unsure(`its authorization server gave no token: ${error.message}`, false, error);
  }
  const wrong = await issuerFailure(error);
  if (wrong) throw unsure(wrong.message, true, error);
  if (!(error instanceof TokenRefused || error instanceof LoginNeeded)) {
    const message = error instanceof Error ? error.message : String(error);
    throw unsure(`its token cannot be renewed: ${message}`, false, error);
  }
  return dropped(config, before, error, options);
}

/** An older mcpchat, or a copy of the folder, may have been quicker: what it got is tried before all is given up. */
async function dropped(
  config: RemoteConfig,
  before: Credentials,
  error: TokenRefused | LoginNeeded,
  options: Options,
): Promise<string> {
  const { store } = options;
  const current = await store.read(before.server);
  const now = issuedNow(current)?.tokens;
  if (now && now.access_token !== issuedNow(before)?.tokens?.access_token) return now.access_token;
  const isClientGone = error instanceof TokenRefused && isAboutClient(error);
  const kept = withoutTokens(current);
  await store.write(isClientGone ? { ...kept, issuers: {} } : kept);
  throw error instanceof LoginNeeded ? error : ended(config, error);
}

function ended({ name }: RemoteConfig, cause?: unknown): LoginNeeded {
  return new LoginNeeded(name, "its login has ended", { cause });
}

function unsure(message: string, permanent: boolean, cause: unknown): RemoteFailure {
  return new RemoteFailure(message, permanent, true, { cause });
}
