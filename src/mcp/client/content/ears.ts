/** Who hears of which resource on which connection: the SDK has room for one listener to all news of a kind. */
import type { Client } from "@modelcontextprotocol/client";

type Listener = (uri: string) => void;

export class Ears {
  readonly #heard = new WeakMap<Client, Map<string, Set<Listener>>>();

  /** Calls the listener for each update of this resource or a part of it; `stop` says whether nobody is left. */
  add(client: Client, uri: string, listener: Listener): { stop: () => boolean } {
    const ofClient = this.#ofClient(client);
    const listeners = ofClient.get(uri) ?? new Set();
    ofClient.set(uri, listeners.add(listener));
    return {
      stop() {
        listeners.delete(listener);
        if (listeners.size === 0) ofClient.delete(uri);
        return listeners.size === 0;
      },
    };
  }

  #ofClient(client: Client): Map<string, Set<Listener>> {
    const known = this.#heard.get(client);
    if (known) return known;
    const ofClient = new Map<string, Set<Listener>>();
    this.#heard.set(client, ofClient);
    client.setNotificationHandler("notifications/resources/updated", ({ params: { uri } }) => {
      for (const [watched, listeners] of ofClient) {
        if (isWithin(uri, watched)) for (const listener of [...listeners]) listener(uri);
      }
    });
    return ofClient;
  }
}

/** Whether it is this resource, or a part of it. */
function isWithin(uri: string, watched: string): boolean {
  if (!uri.startsWith(watched)) return false;
  return uri === watched || watched.endsWith("/") || "/?#".includes(uri.charAt(watched.length));
}
