/** The way to a server over streamable HTTP, or over the older HTTP with server-sent events. */
import type { Clock } from "../../../lib/clock.ts";
import type { RemoteConfig } from "../config.ts";
import type { Link } from "../link.ts";
import type { RemoteAuth } from "./auth-port.ts";

export interface RemoteLinkOptions {
  clock: Clock;
  auth?: RemoteAuth;
  fetch?: typeof fetch;
}

export function remoteLink(_config: RemoteConfig, _options: RemoteLinkOptions): Link {
  throw new Error("not there yet");
}
