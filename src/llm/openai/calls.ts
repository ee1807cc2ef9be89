/** Tool calls put together from the pieces of a Chat Completions stream, which servers number as they please. */

import type { JsonObject } from "../../lib/conversation.ts";
import { type Fields, fields, parseJson, text } from "../fields.ts";
import type { ModelEvent } from "../port.ts";
import { isJsonObject } from "../tool-call.ts";

export interface OpenCall {
  /** What the rest of mcpchat knows it by: the server's id, or one made for it. Unique in its answer. */
  id: string;
  /** As the server gave it; empty when it gave none so far. */
  serverId: string;
  name: string;
  json: string;
  /** The position the server gave it; several calls may share one, where a server does not count. */
  index: unknown;
  /** Gemini's signature of the thought behind the call, which it wants back. */
  extra: JsonObject | undefined;
  /** Whether its start was told: it waits for the name. */
  started: boolean;
}

/** Takes in a piece of a call; `mark` makes the ids of calls without one different from those of other answers. */
export function readCall(delta: Fields, calls: OpenCall[], mark: string): ModelEvent[] {
  const named = fields(delta.function);
  const piece = { id: text(delta.id), name: text(named.name), index: delta.index };
  const call = callFor(piece, calls) ?? begin(piece.index, calls, mark);
  if (!call.started && piece.id !== "") takeId(call, piece.id, calls);
  call.serverId ||= piece.id;
  call.name ||= piece.name;
  if (isJsonObject(delta.extra_content)) call.extra = delta.extra_content;
  const json = argumentsOf(named.arguments);
  call.json += json;
  return eventsOf(call, json);
}

/** Some servers send the arguments as an object instead of a string. */
function argumentsOf(value: unknown): string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : text(value);
}

function begin(index: unknown, calls: OpenCall[], mark: string): OpenCall {
  const id = `call_${mark}_${calls.length}`;
  const call: OpenCall = { id, serverId: "", name: "", json: "", index, extra: undefined, started: false };
  calls.push(call);
  return call;
}

function takeId(call: OpenCall, id: string, calls: readonly OpenCall[]): void {
  if (!calls.some((other) => other !== call && other.id === id)) call.id = id;
}

function eventsOf(call: OpenCall, json: string): ModelEvent[] {
  const { id, name } = call;
  if (call.started) return json ? [{ type: "tool_call_arguments", id, delta: json }] : [];
  if (name === "") return [];
  call.started = true;
  const start = { type: "tool_call_start" as const, id, name };
  return call.json ? [start, { type: "tool_call_arguments", id, delta: call.json }] : [start];
}

/**
 * The call that a piece belongs to; undefined when it begins one. Pieces share an index; but some servers give none or
 * always 0, and tell calls apart by their ids; others repeat the id or the name with every piece, give no id at all,
 * or give it late.
 */
function callFor(
  piece: { id: string; name: string; index: unknown },
  calls: readonly OpenCall[],
): OpenCall | undefined {
  const { id, name, index } = piece;
  const open =
    calls.findLast((call) => call.index === index) ?? (index === undefined ? calls.at(-1) : undefined);
  if (!open) return undefined;
  if (id !== "" && id === open.serverId) return open;
  if (id !== "" && open.serverId !== "") {
    return calls.findLast((call) => call.index === index && call.serverId === id);
  }
  return name !== "" && open.name !== "" && isOver(open, name) ? undefined : open;
}

/** Whether a piece that names a tool can no longer be of this call. */
function isOver({ name, json }: OpenCall, next: string): boolean {
  if (json.trim() === "") return name !== next;
  return json.trimEnd().endsWith("}") && parseJson(json) !== undefined;
}
