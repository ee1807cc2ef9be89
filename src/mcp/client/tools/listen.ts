/**
 * In the modern era a server tells of changes only to who listens: on a stream that has to be opened, and opened again
 * when it breaks off.
 */
import type { Client, McpSubscription, SubscriptionFilter } from "@modelcontextprotocol/client";
import { type Clock, sleep } from "../../../lib/clock.ts";

/** The first wait before listening again, which doubles up to the second; in milliseconds. */
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;

/** What there is to hear from this server; undefined when there is nothing. */
export function filterFor(client: Client): SubscriptionFilter | undefined {
  const { tools } = client.getServerCapabilities() ?? {};
  // Lists of resources and prompts are asked for each time: nothing here would grow old.
  return tools?.listChanged ? { toolsListChanged: true } : undefined;
}

/**
 * Listens until the signal aborts; what is heard goes to the client's handlers. `onGap` is called when news may have
 * been missed. Never rejects: a server that will not be listened to is asked for its lists as an older one is.
 */
export async function keepListening(
  client: Client,
  filter: SubscriptionFilter,
  { signal, clock, onGap }: { signal: AbortSignal; clock: Clock; onGap: () => void },
): Promise<void> {
  let waitMs = FIRST_WAIT_MS;
  for (let first = true; !signal.aborted; first = false) {
    const subscription = await listenOnce(client, filter, signal);
    if (subscription && !first) onGap();
    const began = clock.now();
    // A server that starts again says goodbye; where no process ends with it, the connection goes on.
    if (subscription && (await subscription.closed) === "local") return;
    if (clock.now() - began > LONGEST_WAIT_MS) waitMs = FIRST_WAIT_MS;
    await sleep(waitMs, signal, clock).catch(() => {});
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  }
}

async function listenOnce(
  client: Client,
  filter: SubscriptionFilter,
  signal: AbortSignal,
): Promise<McpSubscription | undefined> {
  try {
    return await client.listen(filter, { signal });
  } catch {
    return undefined;
  }
}
