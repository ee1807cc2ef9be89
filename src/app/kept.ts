/**
 * What is kept of MCP servers between runs, out of the store. It saves time, or keeps watch: a store that is away is no
 * reason to fail.
 */

import type { ToolListCache } from "../mcp/client/port.ts";
import type { EraMemory } from "../mcp/client/session/eras.ts";
import {
  type FingerprintMemory,
  forgetfulMemory,
  MOST_KNOWN,
  type ServerIdentity,
} from "../mcp/client/tools/fingerprints.ts";
import type { Keepsakes, Store, StoredEra } from "../session/port.ts";

/** The parts of `createMcp`'s options that are kept. */
export interface KeptOfServers {
  cache: ToolListCache;
  eras: EraMemory;
  fingerprints: FingerprintMemory;
}

export function keptOfServers(store: () => Store | undefined): KeptOfServers {
  const kept = () => store()?.kept;
  return { cache: toolListCache(kept), eras: eraMemory(kept), fingerprints: fingerprintMemory(kept) };
}

type Kept = () => Keepsakes | undefined;

function toolListCache(kept: Kept): ToolListCache {
  return {
    get: (key) => attempt(() => kept()?.toolLists.get(key)),
    put: (key, list) => attempt(() => kept()?.toolLists.put(key, list)),
  };
}

function eraMemory(kept: Kept): EraMemory {
  return {
    get: (key) => {
      // What is stored was put there by this object.
      return attempt(() => kept()?.eras.get(key)) as ReturnType<EraMemory["get"]>;
    },
    // It came over the wire as JSON, or was made of such parts.
    put: (key, era) => attempt(() => kept()?.eras.put(key, era as StoredEra | undefined)),
  };
}

/**
 * This run remembers as well what it has seen: without a store a change is still noticed, and what could not be written
 * is written the next time, before anything newer.
 */
function fingerprintMemory(kept: Kept): FingerprintMemory {
  const own = forgetfulMemory();
  return {
    add(server, tools) {
      const seen = own.add(server, tools);
      const stored = attempt(() => addTo(kept, server, seen));
      if (stored) own.replace(server, stored);
      return stored ?? seen;
    },
    replace(server, tools) {
      own.replace(server, tools);
      attempt(() => kept()?.fingerprints.replace(server, tools));
    },
    withdraw({ server, serverKey }, names) {
      const tools = names.map((name) => ({ server, serverKey, name }));
      attempt(() => kept()?.decisions.withdraw(tools));
    },
  };
}

type Fingerprints = Parameters<FingerprintMemory["add"]>[1];

/** Mostly there is nothing new, and nothing to write. */
function addTo(kept: Kept, server: ServerIdentity, tools: Fingerprints): Fingerprints | undefined {
  const store = kept()?.fingerprints;
  const known = store?.of(server);
  const names = new Set(known?.map(({ description }) => description.name));
  const news = tools.filter(({ description }) => !names.has(description.name));
  const room = MOST_KNOWN - names.size;
  return news.length === 0 || room <= 0 ? known : store?.add(server, news.slice(0, room));
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
