/** Finds the chat that is meant and asks it something through its socket. */
import { liveRecords, type RunRecord, runFolder } from "../app/run-record.ts";
import type { World } from "../app/world.ts";
import { pathsFor } from "../config/paths.ts";
import { UsageError } from "../lib/errors.ts";

export type Reachable = RunRecord & { socket: string };

/** The chats that run and can be asked, the one that was started last first. */
export function runningChats({ env }: World): Reachable[] {
  const records = liveRecords(runFolder(pathsFor(env, process.platform).stateFolder));
  return records
    .filter((record): record is Reachable => record.socket !== undefined)
    .sort((one, other) => Number(other.startTime) - Number(one.startTime) || other.pid - one.pid);
}

/** The chat with this process number, or the last one. Throws UsageError. */
export function chosenChat(world: World, pid: number | undefined): Reachable {
  const chats = runningChats(world);
  const chosen = pid === undefined ? chats[0] : chats.find((chat) => chat.pid === pid);
  if (chosen) return chosen;
  const running = chats.map((chat) => chat.pid).join(", ");
  if (pid !== undefined && running !== "")
    throw new UsageError(`no chat runs as ${pid}`, `running are ${running}`);
  throw new UsageError("no chat is running", "start one with mcpchat chat");
}

/** Asks a chat. Throws UsageError when it is gone, or says no. */
export async function ask(
  { socket, pid }: Reachable,
  path: string,
  init: BunFetchRequestInit = {},
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(`http://mcpchat${path}`, { ...init, unix: socket });
  } catch {
    init.signal?.throwIfAborted();
    throw new UsageError(`the chat ${pid} does not answer`, "it may just have ended");
  }
  if (response.ok) return response;
  const body: unknown = await response.json();
  const said = typeof body === "object" && body !== null && "error" in body ? String(body.error) : "";
  throw new UsageError(said || `the chat ${pid} refused (${response.status})`);
}
