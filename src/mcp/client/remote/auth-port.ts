/** Who we are to a remote server, as its transport sees it. */
import type { OAuthClientProvider } from "@modelcontextprotocol/client";
import type { RemoteConfig } from "../config.ts";

/** The OAuth client for a server; undefined for one that is reached without, as its own headers say who we are. */
export type AuthFor = (config: RemoteConfig) => OAuthClientProvider | undefined;
