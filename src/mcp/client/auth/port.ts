/** Who we are to a remote server, as its transport sees it. */
import type { AuthProvider, FetchLike } from "@modelcontextprotocol/client";
import type { RemoteConfig } from "../config.ts";

/**
 * Who we are to one server. The SDK's transports take it as their `authProvider`; what it throws is a RemoteFailure,
 * permanent and undelivered where only a login helps (see auth/errors.ts).
 */
export interface RemoteAuth extends AuthProvider {
  /** The token for the next request, refreshed when it is about to expire; undefined while nobody has logged in. */
  token(): Promise<string | undefined>;
  /** The same `fetch`, but an answer that says that our rights do not suffice is thrown as LoginNeeded. */
  watching(fetch: FetchLike): FetchLike;
}

/** Who we are to a server; undefined for one that is reached without, as its own headers say who we are. */
export type AuthFor = (config: RemoteConfig) => Promise<RemoteAuth | undefined>;
