/** The state of a server, as the rest of mcpchat sees it. */
import type { ServerConfig } from "./config.ts";
import { elapsedMs, type Life } from "./life.ts";
import type { ServerStatus } from "./port.ts";
import type { Greeting } from "./session/handshake.ts";
import type { Offer } from "./tools/offer.ts";

export interface Standing {
  config: ServerConfig;
  life: Life;
  offer: Offer;
  /** The newest connection. */
  connection: { greeting: Greeting | undefined; pid: number | undefined } | undefined;
}

/** `now` on the monotonic clock. */
export function describeStatus({ config, life, offer, connection }: Standing, now: number): ServerStatus {
  const { name, trusted, transport } = config;
  const { lastTime, changed, instructions, tools = [], cached } = offer;
  const { protocol, implementation } = connection?.greeting ?? {};
  const isReady = life.state === "ready";
  const hasProcess = isReady || life.state === "starting";
  return {
    name,
    state: life.state,
    ms: elapsedMs(life, now),
    tools: tools.length,
    cached,
    trusted,
    transport,
    ...(isReady && protocol !== undefined && { protocol }),
    ...(instructions !== undefined && { instructions }),
    ...(isReady && implementation && { implementation }),
    ...("error" in life && { error: life.error }),
    ...(lastTime && { problemLastTime: lastTime.problem }),
    ...(changed.length > 0 && { setAside: changed }),
    ...(hasProcess && connection?.pid !== undefined && { pid: connection.pid }),
  };
}
