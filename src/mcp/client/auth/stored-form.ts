/** Credentials as they lie in a file or a keychain, and what is believed of what lies there. */
import type { OAuthDiscoveryState } from "@modelcontextprotocol/client";
import type { Credentials, Issued, Secrets } from "./credentials.ts";

const VERSION = 1;

/** A text for a file. */
export function asText(open: Omit<Credentials, keyof Secrets>, secrets: Secrets | KeychainNote): string {
  const { verifier: _, ...kept } = open;
  return `${JSON.stringify({ version: VERSION, ...kept, ...secrets }, undefined, 2)}\n`;
}

/** What is secret is in the keychain; another text has another note. */
export interface KeychainNote {
  inKeychain: string;
}

/** What a file says of this server; undefined when it says something else. */
export function credentialsIn(
  text: string,
  server: string,
): { credentials: Credentials; inKeychain?: string } | undefined {
  const stored = objectIn(text);
  if (stored?.version !== VERSION || stored.server !== server) return undefined;
  const { issuer, boundTo, wanted, discovery, inKeychain } = stored;
  const elsewhere = typeof inKeychain === "string";
  const secrets = elsewhere ? { issuers: {} } : secretsOf(stored);
  if (!secrets) return undefined;
  const credentials: Credentials = {
    server,
    ...secrets,
    ...(typeof issuer === "string" && { issuer }),
    ...(typeof boundTo === "string" && { boundTo }),
    ...(typeof wanted === "string" && { wanted }),
    ...(isDiscovery(discovery) && { discovery }),
  };
  return { credentials, ...(elsewhere && { inKeychain }) };
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
