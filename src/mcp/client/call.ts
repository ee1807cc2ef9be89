/** One call of a tool, from the request to its outcome. */
import type { Client, Progress } from "@modelcontextprotocol/client";
import type { Clock } from "../../lib/clock.ts";
import type { JsonObject } from "../../lib/conversation.ts";
import { ConnectionLost } from "./errors.ts";
import { errorOutcome, toOutcome } from "./outcome.ts";
import type { CallOptions, ToolOutcome } from "./port.ts";
import { escapeInvisible } from "./text.ts";

export interface CallLimits {
  signal: AbortSignal;
  /** Milliseconds without an answer or a sign of progress. */
  idleMs: number;
  /** Milliseconds for the whole call. */
  totalMs: number;
  onProgress?: CallOptions["onProgress"];
  clock: Clock;
}

/** What a call needs of a connection. `lost` resolves with the reason once it is over. */
export interface Session {
  client: Client;
  lost: Promise<ConnectionLost>;
}

/**
 * Calls a tool. A timeout or an error that the server reports is an outcome. Throws ConnectionLost, or the signal's
 * reason when it aborts; the server is told that nobody waits any more in that case and after a timeout.
 */
export async function callTool(
  session: Session,
  name: string,
  args: JsonObject,
  limits: CallLimits,
): Promise<ToolOutcome> {
  const { signal, totalMs } = limits;
  signal.throwIfAborted();
  // The SDK looks at its own total limit only when progress arrives.
  const total = new AbortController();
  const cancelTotal = limits.clock.setTimer(totalMs, () => total.abort("the time for the call is over"));
  try {
    const result = await session.client.callTool(
      { name, arguments: args },
      {
        signal: AbortSignal.any([signal, total.signal]),
        timeout: Math.min(limits.idleMs, totalMs),
        resetTimeoutOnProgress: true,
        // Without a listener the SDK asks for no progress, and nothing resets the timeout.
        onprogress: (progress) => limits.onProgress?.(readableProgress(progress)),
      },
    );
    return toOutcome(result);
  } catch (error) {
    signal.throwIfAborted();
    if (total.signal.aborted) return timedOut(totalMs);
    return await explain(session, error, limits);
  } finally {
    cancelTotal();
  }
}

function readableProgress({ progress, total, message }: Progress) {
  return {
    progress,
    ...(total !== undefined && { total }),
    ...(message !== undefined && { message: escapeInvisible(message) }),
  };
}

async function explain(session: Session, error: unknown, limits: CallLimits): Promise<ToolOutcome> {
  if (error instanceof ConnectionLost) throw error;
  if (!session.client.transport) throw await session.lost;
  const { SdkError, SdkErrorCode } = await import("@modelcontextprotocol/client");
  if (error instanceof SdkError && error.code === SdkErrorCode.RequestTimeout) return timedOut(limits.idleMs);
  return errorOutcome(error instanceof Error ? error.message : String(error));
}

function timedOut(ms: number): ToolOutcome {
  return errorOutcome(`The tool did not answer within ${Math.round(ms / 100) / 10} s and was given up.`);
}
