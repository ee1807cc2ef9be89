/** How a server answers somebody whom it does not know. */
import type { FetchLike } from "@modelcontextprotocol/client";
import type { RemoteConfig } from "../config.ts";
import { LoginFailed } from "./errors.ts";

/** What the server says of the way in (RFC 9728, 5.1). */
export interface Challenge {
  resourceMetadataUrl?: URL;
  scope?: string;
}

/** A question that begins no session, so that nothing is left behind. */
const QUESTION = { jsonrpc: "2.0", id: 1, method: "ping" };

/**
 * Asks without a token; undefined when the server lets everybody in. `knock` makes the request itself, whose answer
 * may never end. Throws LoginFailed, and what the two fetches throw.
 */
export async function challengeOf(
  config: RemoteConfig,
  knock: FetchLike,
  fetch: FetchLike,
): Promise<Challenge | undefined> {
  const sdk = await import("@modelcontextprotocol/client");
  const response = await knock(config.url, questionFor(config));
  if (response.status === 401 || response.status === 403) {
    const { resourceMetadataUrl, scope } = sdk.extractWWWAuthenticateParams(response);
    return { ...(resourceMetadataUrl && { resourceMetadataUrl }), ...(scope !== undefined && { scope }) };
  }
  if (response.status >= 500) {
    throw new LoginFailed(`it answers with HTTP ${response.status}`, "unreachable", "try again later");
  }
  // Some let everybody greet them, and ask only before they do something.
  return (await namesItsAuthorization(config, fetch)) ? {} : undefined;
}

function questionFor({ transport, headers }: RemoteConfig): RequestInit {
  if (transport === "sse") return { headers: { ...headers, accept: "text/event-stream" } };
  return {
    method: "POST",
    headers: {
      ...headers,
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
    },
    body: JSON.stringify(QUESTION),
  };
}

async function namesItsAuthorization({ url }: RemoteConfig, fetch: FetchLike): Promise<boolean> {
  const { checkResourceAllowed, discoverOAuthProtectedResourceMetadata } = await import(
    "@modelcontextprotocol/client"
  );
  try {
    const { resource, authorization_servers } = await discoverOAuthProtectedResourceMetadata(url, {}, fetch);
    const isMeant = checkResourceAllowed({ requestedResource: url, configuredResource: resource });
    return isMeant && (authorization_servers?.length ?? 0) > 0;
  } catch {
    return false;
  }
}
