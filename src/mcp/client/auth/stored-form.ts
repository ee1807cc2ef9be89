/** Credentials as they lie in a file or a keychain, and what is believed of what lies there. */
import type { OAuthDiscoveryState } from "@modelcontextprotocol/client";
import type { Credentials, Issued, Secrets } from "./credentials.ts";

const VERSION = 1;

/** The text of a file; `inKeychain` when what is secret is not in it. */
export function asText(
  open: Omit<Credentials, "issuers" | "verifier"> & Partial<Secrets>,
  inKeychain: boolean,
): string {
  return `${JSON.stringify({ version: VERSION, inKeychain, ...open }, undefined, 2)}\n`;
}

/** What a file says of this server; undefined when it says something else. */
export function credentialsIn(
  text: string,
  server: string,
): { credentials: Credentials; inKeychain: boolean } | undefined {
  const stored = objectIn(text);
  if (stored?.version !== VERSION || stored.server !== server) return undefined;
  const secrets = stored.inKeychain === true ? { issuers: {} } : secretsOf(stored);
  if (!secrets) return undefined;
  const { issuer, boundTo, wanted, discovery } = stored;
  const credentials: Credentials = {
    server,
    ...secrets,
    ...(typeof issuer === "string" && { issuer }),
    ...(typeof boundTo === "string" && { boundTo }),
    ...(typeof wanted === "string" && { wanted }),
    ...(isDiscovery(discovery) && { discovery }),
  };
  return { credentials, inKeychain: stored.inKeychain === true };
}

/** What a keychain says; undefined when it says something else. */
export function secretsIn(text: string): Secrets | undefined {
  const stored = objectIn(text);
  return stored && secretsOf(stored);
}

function secretsOf({ issuers }: Record<string, unknown>): Secrets | undefined {
  if (!isObject(issuers)) return undefined;
  const known: Record<string, Issued> = {};
  for (const [issuer, issued] of Object.entries(issuers)) {
    if (!isIssued(issued)) return undefined;
    known[issuer] = issued;
  }
  return { issuers: known };
}

function isIssued(value: unknown): value is Issued {
  if (!isObject(value)) return false;
  const { client, tokens, expiresAt } = value;
  if (client !== undefined && !(isObject(client) && typeof client.client_id === "string")) return false;
  if (tokens !== undefined && !(isObject(tokens) && typeof tokens.access_token === "string")) return false;
  return expiresAt === undefined || typeof expiresAt === "number";
}

/** It was checked by the SDK before it was written, and is asked again wherever something depends on it. */
function isDiscovery(value: unknown): value is OAuthDiscoveryState {
  return isObject(value) && typeof value.authorizationServerUrl === "string";
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
