/** The way to a server over streamable HTTP, or over the older HTTP with server-sent events. */
import type { Clock } from "../../../lib/clock.ts";
import type { Exit } from "../../../supervisor/spec.ts";
import type { RemoteAuth } from "../auth/port.ts";
import type { RemoteConfig } from "../config.ts";
import { type ConnectionLost, RemoteFailure } from "../errors.ts";
import { type Link, MAX_MESSAGE_BYTES } from "../link/link.ts";
import { RemoteTransport } from "./transport.ts";
import type { Fetch } from "./wire.ts";

export interface RemoteLinkOptions {
  clock: Clock;
  auth?: RemoteAuth;
  fetch?: Fetch;
  /** Called once, with what is wrong with the first message that is not JSON-RPC. */
  onNoise?: (reason: string) => void;
  /** A larger answer, or event of a stream, is not taken. */
  maxBytes?: number;
}

export function remoteLink(config: RemoteConfig, options: RemoteLinkOptions): Link {
  const { clock, auth, onNoise = () => {}, maxBytes = MAX_MESSAGE_BYTES } = options;
  const transport = new RemoteTransport(config, {
    clock,
    maxBytes,
    onNoise,
    fetch: options.fetch ?? fetch,
    ...(auth && { auth }),
    onRenewed: () => link.onRenewed?.(),
  });
  const link: Link = {
    transport,
    lost: transport.lost,
    lastWords: () => [],
    async exitAfter(lost) {
      // The process may end after us: a farewell that is under way comes first.
      await transport.close();
      return exitAfter(lost);
    },
    close: () => transport.close(),
  };
  return link;
}

function exitAfter(lost: ConnectionLost): Exit {
  if (lost.reason === "stopped") return { kind: "shutdown" };
  return { kind: "crash", error: lost.cause instanceof RemoteFailure ? lost.cause : lost };
}
