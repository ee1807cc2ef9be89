/** A call as the model sees it: waits for its server, survives its crash where that is safe, and never throws for it. */
import type { Clock } from "../../../lib/clock.ts";
import type { JsonObject } from "../../../lib/conversation.ts";
import { passesFilter } from "../../../lib/glob.ts";
import type { ServerConfig } from "../config.ts";
import { ConnectionLost, RemoteFailure } from "../errors.ts";
import { describeReason } from "../failure.ts";
import type { CallOptions, CatalogueTool, ToolOutcome } from "../port.ts";
import type { Reach, Reached, ReadyServer } from "../reach.ts";
import type { Connection } from "../session/connection.ts";
import type { Flight, Leave } from "./flight.ts";
import { errorOutcome } from "./outcome.ts";

/** How a call gets to its server. */
export interface Way {
  reach: Reach;
  flight: Flight;
  clock: Clock;
}

/** What the tries of one call share. */
interface Call {
  tool: CatalogueTool;
  args: JsonObject;
  options: CallOptions;
  /**
   * On the monotonic clock: waiting for the server, and for other calls, counts. It moves on by the time in which the
   * server waited for our user or our model.
   */
  deadline: number;
}

/** A server that is ready, with a place among its calls; or why there is none. */
type Boarded = (ReadyServer & { leave: Leave }) | { refusal: string };

/**
 * Calls a tool. When its server dies in the middle, the call is repeated once if the server is trusted and says that
 * the tool changes nothing, or nothing more the second time; else the outcome is unknown, and says so. Rejects with
 * the signal's reason only.
 */
export async function callWithReplay(
  way: Way,
  tool: CatalogueTool,
  args: JsonObject,
  options: CallOptions,
): Promise<ToolOutcome> {
  const call = { tool, args, options, deadline: way.clock.now() + options.timeoutMs };
  const first = await board(way, call);
  if ("refusal" in first) return errorOutcome(first.refusal);
  try {
    return await attempt(way, call, first);
  } catch (error) {
    if (!(error instanceof ConnectionLost)) throw error;
    const unseen = isUndelivered(error);
    if (!unseen && !mayRepeat(tool, first.config)) return unknownOutcome(tool, error);
    const second = await board(way, call, first.connection);
    // What nobody has taken up had no effect: all there is to tell is why it cannot be made.
    if ("refusal" in second)
      return unseen ? errorOutcome(second.refusal) : unknownOutcome(tool, error, second.refusal);
    return repeat(tool, unseen, () => attempt(way, call, second));
  }
}

async function attempt(
  { clock }: Way,
  call: Call,
  { connection, config, leave }: Exclude<Boarded, { refusal: string }>,
): Promise<ToolOutcome> {
  const { signal, onProgress, timeoutMs } = call.options;
  const work = () =>
    connection.call(call.tool.name, call.args, {
      signal,
      idleMs: config.callTimeoutMs,
      totalMs: call.deadline - clock.now(),
      wholeMs: timeoutMs,
      ...(onProgress && { onProgress }),
    });
  try {
    return await uncounted(call, connection, work);
  } finally {
    leave();
  }
}

/** Leaves out of the call's time what stood still during the work. */
async function uncounted<T>(call: Call, connection: Connection, work: () => Promise<T>): Promise<T> {
  const before = connection.stoodStillMs;
  try {
    return await work();
  } finally {
    call.deadline += connection.stoodStillMs - before;
  }
}

/** Waits for the server, then for a place; a server that was lost meanwhile is waited for again. */
async function board(way: Way, call: Call, except?: Connection): Promise<Boarded> {
  const { signal } = call.options;
  const { server } = call.tool;
  for (;;) {
    const reached = await reachFor(way, call, { ...(except && { except }) });
    if ("refusal" in reached) return reached;
    const most = reached.config.maxCalls;
    const waits = !way.flight.hasRoom(server, most);
    const waitMs = call.deadline - way.clock.now();
    const enter = () => way.flight.board({ server, most, waitMs, signal });
    const leave = await uncounted(call, reached.connection, enter);
    if (call.deadline <= way.clock.now()) {
      leave?.();
      return { refusal: `server ${server} was busy with other calls for all of this call's time` };
    }
    // One of those waits for a person: it holds up this one, whose time stands still as well.
    if (!leave) continue;
    if (!waits) return { ...reached, leave };
    const now = await reachFor(way, call, { ...(except && { except }), waitMs: 0 }).catch(
      (error: unknown) => {
        leave();
        throw error;
      },
    );
    if ("connection" in now && now.connection === reached.connection) return { ...now, leave };
    leave();
  }
}

/** Waits for the server, which may not have the tool for us then. */
async function reachFor(
  { reach, clock }: Way,
  { tool, options: { signal, waitMs: mostMs = Number.POSITIVE_INFINITY }, deadline }: Call,
  options: { except?: Connection; waitMs?: number },
): Promise<Reached> {
  const waitMs = deadline - clock.now();
  if (waitMs <= 0) return { refusal: "there is no time left for this call" };
  const reached = await reach(tool.server, { waitMs: Math.min(waitMs, mostMs), signal, ...options });
  if ("refusal" in reached) return reached;
  if (!passesFilter(tool.name, reached.config.tools)) return { refusal: denied(tool) };
  return reached.changed.includes(tool.name) ? { refusal: setAsideLine(tool) } : reached;
}

async function repeat(
  tool: CatalogueTool,
  unseen: boolean,
  again: () => Promise<ToolOutcome>,
): Promise<ToolOutcome> {
  try {
    return { ...(await again()), replayed: true };
  } catch (error) {
    if (!(error instanceof ConnectionLost)) throw error;
    if (unseen && isUndelivered(error))
      return errorOutcome(`server ${tool.server}: ${describeReason(error)}`);
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

/** Why a tool that its server has changed is not called. */
export function setAsideLine({ name, server }: CatalogueTool): string {
  return (
    `the tool ${name} of server ${server} is set aside, because the server has changed it since it was first used; ` +
    `mcpchat servers trust ${server} shows the change and accepts it`
  );
}
