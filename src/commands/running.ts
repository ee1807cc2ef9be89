/** Finds the chat that is meant and asks it something through its socket. */
import { liveRecords, type RunRecord, runFolder } from "../app/run-record.ts";
import type { World } from "../app/world.ts";
import { pathsFor } from "../config/paths.ts";
import { UsageError } from "../lib/errors.ts";

/** A chat answers within a millisecond or two; one on a machine that is very busy gets time. */
const ANSWER_MS = 2000;

export type Reachable = RunRecord & { socket: string };

/** The chats that run and can be asked, the one that was started last first. */
export function runningChats({ env }: World): Reachable[] {
  const records = liveRecords(runFolder(pathsFor(env, process.platform).stateFolder));
  return records
    .filter((record): record is Reachable => record.socket !== undefined)
    .sort((one, other) => other.startedAt - one.startedAt || other.pid - one.pid);
}

/** The chat with this process number, or of those that answer the one started last. Throws UsageError. */
export async function chosenChat(world: World, pid: number | undefined): Promise<Reachable> {
  const chats = runningChats(world);
  const chosen = pid === undefined ? await firstAnswering(chats, world.signal) : withPid(chats, pid);
  if (chosen) return chosen;
  throw new UsageError("no chat is running", "start one with mcpchat chat");
}

function withPid(chats: readonly Reachable[], pid: number): Reachable | undefined {
  const chosen = chats.find((chat) => chat.pid === pid);
  if (chosen || chats.length === 0) return chosen;
  throw new UsageError(`no chat runs as ${pid}`, `running are ${chats.map((chat) => chat.pid).join(", ")}`);
}

/** A chat that hangs, was stopped or is just ending does not hide the others. */
export async function firstAnswering(
  chats: readonly Reachable[],
  signal: AbortSignal,
): Promise<Reachable | undefined> {
  for (const chat of chats) {
    if (await answers(chat, signal)) return chat;
  }
  // It says for itself that it does not answer, and its number.
  return chats[0];
}

async function answers({ socket, pid }: Reachable, signal: AbortSignal): Promise<boolean> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
  try {
    const response = await fetch("http://mcpchat/", { unix: socket, signal: limit });
    const body: unknown = await response.json();
    return typeof body === "object" && body !== null && "pid" in body && body.pid === pid;
  } catch {
    signal.throwIfAborted();
    return false;
  }
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
