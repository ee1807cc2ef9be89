/** A call as the model sees it: waits for its server, survives its crash where that is safe, and never throws for it. */
import type { Clock } from "../../lib/clock.ts";
import type { JsonObject } from "../../lib/conversation.ts";
import { passesFilter } from "../../lib/glob.ts";
import type { ServerConfig } from "./config.ts";
import type { Connection } from "./connection.ts";
import { ConnectionLost, RemoteFailure } from "./errors.ts";
import { describeReason } from "./failure.ts";
import { errorOutcome } from "./outcome.ts";
import type { CallOptions, CatalogueTool, ToolOutcome } from "./port.ts";
import type { Reach } from "./reach.ts";

/**
 * Calls a tool. When its server dies in the middle, the call is repeated once if the server is trusted and says that
 * the tool changes nothing, or nothing more the second time; else the outcome is unknown, and says so. Rejects with
 * the signal's reason only.
 */
export async function callWithReplay(
  reach: Reach,
  clock: Clock,
  tool: CatalogueTool,
  args: JsonObject,
  options: CallOptions,
): Promise<ToolOutcome> {
  const { signal, onProgress } = options;
  const deadline = clock.now() + options.timeoutMs;
  const attempt = (connection: Connection, config: ServerConfig) =>
    connection.call(tool.name, args, {
      signal,
      idleMs: config.callTimeoutMs,
      totalMs: deadline - clock.now(),
      ...(onProgress && { onProgress }),
    });

  const first = await reach(tool.server, { waitMs: options.timeoutMs, signal });
  if ("refusal" in first) return errorOutcome(first.refusal);
  if (!passesFilter(tool.name, first.config.tools)) return errorOutcome(denied(tool));
  try {
    return await attempt(first.connection, first.config);
  } catch (error) {
    if (!(error instanceof ConnectionLost)) throw error;
    if (!isUndelivered(error) && !mayRepeat(tool, first.config)) return unknownOutcome(tool, error);
    const second = await reach(tool.server, {
      waitMs: deadline - clock.now(),
      signal,
      except: first.connection,
    });
    if ("refusal" in second) return unknownOutcome(tool, error, second.refusal);
    return repeat(tool, () => attempt(second.connection, second.config));
  }
}

async function repeat(tool: CatalogueTool, attempt: () => Promise<ToolOutcome>): Promise<ToolOutcome> {
  try {
    return { ...(await attempt()), replayed: true };
  } catch (error) {
    if (!(error instanceof ConnectionLost)) throw error;
    return unknownOutcome(tool, error);
  }
}

/** A request that the server has not taken up had no effect. */
function isUndelivered({ cause }: ConnectionLost): boolean {
  return cause instanceof RemoteFailure && cause.undelivered;
}

/** Anybody can claim to be harmless: the hints count for trusted servers only. */
function mayRepeat({ annotations }: CatalogueTool, { trusted }: ServerConfig): boolean {
  return trusted && (annotations.readOnlyHint === true || annotations.idempotentHint === true);
}

function unknownOutcome(tool: CatalogueTool, lost: ConnectionLost, afterwards?: string): ToolOutcome {
  const event = lost.reason === "stopped" ? "was stopped" : `crashed (${describeReason(lost)})`;
  const text =
    `Server ${tool.server} ${event} in the middle of this call. Its outcome is unknown: it may have taken effect ` +
    `or not. Find that out before you repeat it.`;
  return { ...errorOutcome(afterwards ? `${text} Now ${afterwards}.` : text), outcomeUnknown: true };
}

function denied(tool: CatalogueTool): string {
  return `the configuration does not allow the tool ${tool.name} of server ${tool.server}`;
}
