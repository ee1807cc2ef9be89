/** One question to a server: waits for it, asks, and asks its successor if it dies over the answer. */
import type { Client, RequestOptions } from "@modelcontextprotocol/client";
import { ExitCode, ServerNotReadyError, UserError } from "../../../lib/errors.ts";
import type { ServerConfig } from "../config.ts";
import { ConnectionLost, RequestFailed, RequestTimedOut } from "../errors.ts";
import { describeReason } from "../failure.ts";
import type { Reach } from "../reach.ts";
import type { Connection } from "../session/connection.ts";
import { oneLine } from "../text.ts";
import type { ContentLimits } from "./port.ts";

/** Asked once the handshake is done. A UserError that it throws is passed on as it is. */
export type Question<T> = (client: Client, options: RequestOptions) => Promise<T>;

export type Ask = <T>(server: string, question: Question<T>, limits: ContentLimits) => Promise<T>;

/** Throws as McpContent does. What is asked must change nothing: it may be asked twice. */
export function createAsk(reach: Reach): Ask {
  return async (server, question, limits) => {
    const first = await reachOrThrow(reach, server, limits);
    try {
      return await askOnce(first, question, limits.signal);
    } catch (error) {
      if (!mayHelpToRepeat(error)) throw asUserError(server, error, limits.signal);
    }
    const second = await reachOrThrow(reach, server, limits, first.connection);
    try {
      return await askOnce(second, question, limits.signal);
    } catch (error) {
      throw asUserError(server, error, limits.signal);
    }
  };
}

export interface Reached {
  connection: Connection;
  config: ServerConfig;
}

/** A connection that is ready, other than `except`. Throws ServerNotReadyError. */
export async function reachOrThrow(
  reach: Reach,
  server: string,
  { waitMs, signal }: ContentLimits,
  except?: Connection,
): Promise<Reached> {
  const reached = await reach(server, { waitMs, signal, ...(except && { except }) });
  if ("refusal" in reached) throw new ServerNotReadyError(reached.refusal);
  return reached;
}

export function askOnce<T>(
  { connection, config }: Reached,
  question: Question<T>,
  signal: AbortSignal,
): Promise<T> {
  return connection.ask(question, { signal, idleMs: config.callTimeoutMs, totalMs: config.callTimeoutMs });
}

/** An answer that is too long will be too long again. */
function mayHelpToRepeat(error: unknown): boolean {
  return error instanceof ConnectionLost && error.reason !== "line_too_long" && error.reason !== "refused";
}

/** What a question came to, as a person reads it; the signal's reason when that is why. */
export function asUserError(server: string, error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  const said = error instanceof RequestFailed ? error.cause : undefined;
  if (said instanceof UserError) return said;
  if (error instanceof RequestFailed) return failed(`server ${server}: ${oneLine(error.message)}`, error);
  if (error instanceof RequestTimedOut) return failed(`server ${server} gave ${error.message}`, error);
  if (error instanceof ConnectionLost)
    return failed(`server ${server} broke off (${describeReason(error)})`, error);
  return error;
}

function failed(message: string, cause: unknown): UserError {
  return new UserError(message, "server_failed", ExitCode.tool, undefined, { cause });
}
