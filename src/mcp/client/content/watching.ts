/** A subscription to a resource that outlives the connections it is made on. */
import type { McpSubscription } from "@modelcontextprotocol/client";
import { type Clock, sleep } from "../../../lib/clock.ts";
import { UsageError } from "../../../lib/errors.ts";
import { ConnectionLost } from "../errors.ts";
import type { Reach } from "../reach.ts";
import { askOnce, asUserError, type Question, type Reached, reachOrThrow } from "./asking.ts";
import { Ears } from "./ears.ts";
import { expectOffer } from "./offers.ts";
import type { McpContent, Watcher } from "./port.ts";

/** Once it was there, a server is worth waiting for: one that is given up is told of at once. */
const FOR_EVER_MS = 2 ** 31 - 1;
/** The first wait before listening again to a server that has let go of us, doubled up to the second; milliseconds. */
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;
/** For the acknowledgement of a server that is to tell us of updates, in milliseconds. */
const LISTEN_MS = 30_000;

/** A subscription on one connection. */
interface Held {
  /** Settles when it is over though the connection may not be; absent where it holds as long as the connection. */
  over?: McpSubscription["closed"];
  release(): void;
}

interface Watch {
  reach: Reach;
  clock: Clock;
  server: string;
  watcher: Watcher;
}

export function createWatch(reach: Reach, clock: Clock): McpContent["watch"] {
  const ears = new Ears();
  return async (server, uri, watcher) => {
    const watch = { reach, clock, server, watcher };
    const question = subscription(ears, server, uri, watcher);
    let waitMs = FIRST_WAIT_MS;
    let reached = await reachOrThrow(reach, server, watcher);
    for (let again = false; ; ) {
      const held = await hold(watch, reached, question);
      const began = clock.now();
      try {
        if (held) watcher.onSubscribed(again);
        again ||= held !== undefined;
        reached = await successor(watch, reached, held, waitMs);
      } finally {
        held?.release();
      }
      waitMs = clock.now() - began > LONGEST_WAIT_MS ? FIRST_WAIT_MS : Math.min(waitMs * 2, LONGEST_WAIT_MS);
    }
  };
}

/** Subscribes; undefined when the connection was lost over it. */
async function hold(
  { server, watcher: { signal } }: Watch,
  reached: Reached,
  question: Question<Held>,
): Promise<Held | undefined> {
  try {
    return await askOnce(reached, question, signal);
  } catch (error) {
    if (error instanceof ConnectionLost) return undefined;
    throw asUserError(server, error, signal);
  }
}

/** What to subscribe on next, once that is needed: the next connection, or the same one after a while. */
async function successor(
  watch: Watch,
  reached: Reached,
  held: Held | undefined,
  waitMs: number,
): Promise<Reached> {
  const { reach, clock, server, watcher } = watch;
  const { signal } = watcher;
  if (!held?.over) return afterSession(watch, reached);
  await held.over;
  await sleep(waitMs, signal, clock);
  return reachOrThrow(reach, server, { signal, waitMs: FOR_EVER_MS });
}

/** The next connection, or the same one when its session was begun anew. */
async function afterSession({ reach, server, watcher }: Watch, reached: Reached): Promise<Reached> {
  const renewed = new AbortController();
  const forget = reached.connection.onRenewed(() => renewed.abort());
  const signal = AbortSignal.any([watcher.signal, renewed.signal]);
  try {
    return await reachOrThrow(reach, server, { signal, waitMs: FOR_EVER_MS }, reached.connection);
  } catch (error) {
    if (renewed.signal.aborted && !watcher.signal.aborted) return reached;
    throw error;
  } finally {
    forget();
  }
}

function subscription(ears: Ears, server: string, uri: string, watcher: Watcher): Question<Held> {
  const { signal, onUpdate } = watcher;
  return async (client, options) => {
    expectOffer(client, server, "resources");
    if (!client.getServerCapabilities()?.resources?.subscribe) throw tellsNothing(server);
    // Before the server knows of us, so that nothing is missed.
    const ear = ears.add(client, uri, onUpdate);
    try {
      if (client.getProtocolEra() === "modern") {
        const stream = await client.listen({ resourceSubscriptions: [uri] }, { signal, timeout: LISTEN_MS });
        if (!stream.honoredFilter.resourceSubscriptions?.includes(uri)) throw tellsNothing(server);
        return {
          over: stream.closed,
          release() {
            ear.stop();
            stream.close().catch(ignore);
          },
        };
      }
      await client.subscribeResource({ uri }, options);
      return {
        release() {
          if (ear.stop()) client.unsubscribeResource({ uri }).catch(ignore);
        },
      };
    } catch (error) {
      ear.stop();
      throw error;
    }
  };
}

function tellsNothing(server: string): UsageError {
  return new UsageError(`server ${server} does not tell of updates of resources`);
}

/** Nobody listens any more, whatever the server says to it. */
function ignore(): void {}
