/** What the manager knows of one server. */
import type { Connection } from "./connection.ts";
import { elapsedMs, type Life } from "./life.ts";
import { toolListKey } from "./listkey.ts";
import type { ServerConfig, ServerStatus, ToolListCache } from "./port.ts";
import type { ToolDescription } from "./tools.ts";

export interface ServerRecord {
  config: ServerConfig;
  life: Life;
  /** The newest connection; it can be called when `life` is ready. */
  connection?: Connection;
  /** Its tools as far as they are known; none once it has failed. */
  tools: { list: readonly ToolDescription[]; cached: boolean } | undefined;
  /** Grows with each start on purpose: news of an older one is ignored. */
  generation: number;
  /** Connections in a row that ended before they were ready. */
  unready: number;
  /** What starts and stops it, one after the other. */
  work: Promise<void>;
}

export function newRecord(config: ServerConfig, cache: ToolListCache, now: number): ServerRecord {
  const known = cache.get(toolListKey(config));
  return {
    config,
    life: { state: "starting", since: now },
    tools: known && { list: known.tools, cached: true },
    generation: 0,
    unready: 0,
    work: Promise.resolve(),
  };
}

/** Whether nobody gains by waiting for this server: it is there, known from last time, or has failed once. */
export function isSettled({ life, tools }: ServerRecord): boolean {
  return life.state !== "starting" || tools?.cached === true;
}

export function statusOf(record: ServerRecord, now: number): ServerStatus {
  const { config, life, tools, connection } = record;
  const hasProcess = life.state === "ready" || life.state === "starting";
  return {
    name: config.name,
    state: life.state,
    ms: elapsedMs(life, now),
    tools: tools?.list.length ?? 0,
    cached: tools?.cached ?? false,
    trusted: config.trusted,
    ...("error" in life && { error: life.error }),
    ...(hasProcess && connection && { pid: connection.pid }),
  };
}
