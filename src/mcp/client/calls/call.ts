/** One call of a tool, from the request to its outcome. */
import type { JsonObject } from "../../../lib/conversation.ts";
import { RequestFailed, RequestTimedOut } from "../errors.ts";
import type { ToolOutcome } from "../port.ts";
import { type RequestLimits, request, type Session } from "../session/request.ts";
import { errorOutcome, toOutcome } from "./outcome.ts";

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
  const { prepared } = session;
  try {
    const meta = prepared?.meta();
    const call = { name, arguments: args, ...(meta && { _meta: meta }) };
    return toOutcome(await request(session, (client, options) => client.callTool(call, options), limits));
  } catch (error) {
    if (error instanceof RequestTimedOut) return timedOut(error.ms);
    if (!(error instanceof RequestFailed)) throw error;
    const visited = await prepared?.visit(error.cause, limits.signal);
    return errorOutcome(visited ?? error.message);
  }
}

function timedOut(ms: number): ToolOutcome {
  return errorOutcome(`The tool did not answer within ${Math.round(ms / 100) / 10} s and was given up.`);
}
