/** The end of a login: nothing of it is kept here, and nobody else can go on with it where the server lets us say so. */
import type { FetchLike } from "@modelcontextprotocol/client";
import { ConfigurationError } from "../../../lib/errors.ts";
import type { RemoteConfig } from "../config.ts";
import { boundedFetch } from "./bounded-fetch.ts";
import {
  type ClientInformation,
  type CredentialStore,
  type Credentials,
  issuedNow,
  noCredentials,
  serverAddress,
} from "./credentials.ts";
import { configuredClient } from "./provider.ts";

export interface LogoutOptions {
  store: CredentialStore;
  signal: AbortSignal;
  fetch?: FetchLike;
}

/** Forgets the login first; whether the tokens could be revoked as well is in the answer. */
export async function logout(
  config: RemoteConfig,
  { store, signal, fetch }: LogoutOptions,
): Promise<"not_logged_in" | "damaged" | "forgotten" | "revoked"> {
  const server = serverAddress(config.url);
  const before = await store.exclusively(server, async () => {
    const current = await orDamaged(() => store.read(server));
    await store.write(noCredentials(server));
    return current;
  });
  if (before === "damaged") return before;
  if (!issuedNow(before)?.tokens) return "not_logged_in";
  const bounded = boundedFetch({ server: config.url, signal, ...(fetch && { fetch }) });
  return (await revoke(config, before, bounded)) ? "revoked" : "forgotten";
}

/** What cannot be read cannot be revoked, but it can be removed. */
async function orDamaged(read: () => Promise<Credentials>): Promise<Credentials | "damaged"> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ConfigurationError) return "damaged";
    throw error;
  }
}

/** RFC 7009. Best effort: the refresh token first, as the other one ends with it, or soon by itself. */
async function revoke(config: RemoteConfig, credentials: Credentials, fetch: FetchLike): Promise<boolean> {
  const { discoverAuthorizationServerMetadata } = await import("@modelcontextprotocol/client");
  const { issuer = "", discovery } = credentials;
  const issued = issuedNow(credentials);
  const client = configuredClient(config, issuer) ?? issued?.client;
  if (!client || !issued?.tokens) return false;
  const { refresh_token, access_token } = issued.tokens;
  try {
    const where = discovery?.authorizationServerUrl ?? issuer;
    const metadata = await discoverAuthorizationServerMetadata(where, { fetchFn: fetch });
    if (metadata?.issuer !== issuer || !("revocation_endpoint" in metadata)) return false;
    const endpoint = metadata.revocation_endpoint;
    if (typeof endpoint !== "string") return false;
    for (const token of [refresh_token, access_token]) {
      if (token !== undefined && !(await revokeOne(endpoint, token, client, fetch))) return false;
    }
    return true;
  } catch {
    return false;
  }
}

async function revokeOne(
  endpoint: string,
  token: string,
  client: ClientInformation,
  fetch: FetchLike,
): Promise<boolean> {
  const body = new URLSearchParams({ token });
  const headers = new Headers({ "content-type": "application/x-www-form-urlencoded" });
  const method = "token_endpoint_auth_method" in client ? client.token_endpoint_auth_method : undefined;
  if (client.client_secret === undefined) body.set("client_id", client.client_id);
  else if (method === "client_secret_post") {
    body.set("client_id", client.client_id);
    body.set("client_secret", client.client_secret);
  } else headers.set("authorization", basic(client.client_id, client.client_secret));
  return (await fetch(endpoint, { method: "POST", headers, body })).ok;
}

/** Encoded as RFC 6749, 2.3.1 wants it. */
function basic(id: string, secret: string): string {
  const pair = `${encodeURIComponent(id)}:${encodeURIComponent(secret)}`;
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}
