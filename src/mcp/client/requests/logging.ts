/** What servers write to our log by the protocol. */
import type { Client, LoggingMessageNotification } from "@modelcontextprotocol/client";
import type { ServerConfig } from "../config.ts";
import { beginning, truncate } from "../text.ts";
import type { LogEntry } from "./counterpart.ts";

/** A record, not a file transfer. */
const LONGEST_TEXT = 4000;
const LONGEST_LOGGER = 100;
/** A level that cannot be set is no reason to wait long; in milliseconds. */
const SET_LEVEL_MS = 10_000;

export function logEntryOf({ level, logger, data }: LoggingMessageNotification["params"]): LogEntry {
  const text = typeof data === "string" ? beginning(data, LONGEST_TEXT + 1) : JSON.stringify(data);
  return {
    level,
    ...(logger !== undefined && { logger: truncate(logger, LONGEST_LOGGER) }),
    text: truncate(text ?? "", LONGEST_TEXT),
  };
}

/** Asks a server of the older era for the configured level; what it makes of that is its own affair. */
export async function startLogging(client: Client, { logLevel }: ServerConfig): Promise<void> {
  if (!logLevel || client.getProtocolEra() !== "legacy" || !client.getServerCapabilities()?.logging) return;
  try {
    await client.setLoggingLevel(logLevel, { timeout: SET_LEVEL_MS });
  } catch {
    // It logs what it likes, then; that is no reason to do without its tools.
  }
}
