/** One call of a tool, from the request to its outcome. */
import type { JsonObject } from "../../lib/conversation.ts";
import { RequestFailed, RequestTimedOut } from "./errors.ts";
import { errorOutcome, toOutcome } from "./outcome.ts";
import type { ToolOutcome } from "./port.ts";
import { type RequestLimits, request, type Session } from "./request.ts";

/**
 * Calls a tool. A timeout or an error that the server reports is an outcome. Throws ConnectionLost, or the signal's
 * reason when it aborts.
 */
export async function callTool(
  session: Session,
  name: string,
  args: JsonObject,
  limits: RequestLimits,
): Promise<ToolOutcome> {
  try {
    const call = { name, arguments: args };
    return toOutcome(await request(session, (client, options) => client.callTool(call, options), limits));
  } catch (error) {
    if (error instanceof RequestTimedOut) return timedOut(error.ms);
    if (error instanceof RequestFailed) return errorOutcome(error.message);
    throw error;
  }
}

function timedOut(ms: number): ToolOutcome {
  return errorOutcome(`The tool did not answer within ${Math.round(ms / 100) / 10} s and was given up.`);
}
