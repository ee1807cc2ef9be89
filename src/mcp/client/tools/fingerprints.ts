/**
 * A server may change a tool after the user has come to trust it. Each tool is remembered as it was when it was first
 * used; one that is different now is set aside until the user has accepted the change.
 */

import type { SetAsideTool } from "../port.ts";
import { differenceOf, fingerprintOf } from "./fingerprint.ts";
import type { ToolDescription } from "./tools.ts";

/** A server by its name and a hash of what it runs: another program under the same name is another. */
export interface ServerIdentity {
  server: string;
  serverKey: string;
}

/** Of one server. One that thinks of new names all the time would fill the disk. */
export const MOST_KNOWN = 5000;

export interface Fingerprint {
  hash: string;
  description: ToolDescription;
}

/** Where the tools as they were first used outlive a run. Nothing in it throws. */
export interface FingerprintMemory {
  /** Adds those that are not known yet, up to MOST_KNOWN in all, and returns all that are, as they are known. */
  add(server: ServerIdentity, tools: readonly Fingerprint[]): readonly Fingerprint[];
  /** These are what the tools are from now on. */
  replace(server: ServerIdentity, tools: readonly Fingerprint[]): void;
  /** What the user has allowed of these tools holds no more. */
  withdraw(server: ServerIdentity, names: readonly string[]): void;
}

/** A tool that is not what it was. */
export interface ChangedTool {
  before: ToolDescription;
  after: Fingerprint;
}

export interface Judgement {
  /** In the order of the list. */
  accepted: readonly ToolDescription[];
  changed: readonly ChangedTool[];
  /** How many cannot be watched, as the memory is full: they are left out. */
  unknown: number;
}

export function fingerprints(tools: readonly ToolDescription[]): Fingerprint[] {
  return tools.map((description) => ({ hash: fingerprintOf(description), description }));
}

/** Tells the tools that are what they were from those that are not. */
export function judgeTools(listed: readonly Fingerprint[], known: readonly Fingerprint[]): Judgement {
  const before = new Map(known.map((tool) => [tool.description.name, tool]));
  const accepted: ToolDescription[] = [];
  const changed: ChangedTool[] = [];
  for (const tool of listed) {
    const first = before.get(tool.description.name);
    if (first?.hash === tool.hash) accepted.push(tool.description);
    else if (first) changed.push({ before: first.description, after: tool });
  }
  return { accepted, changed, unknown: listed.length - accepted.length - changed.length };
}

export function describeChange({ before, after }: ChangedTool): SetAsideTool {
  const { hash, description } = after;
  return { name: description.name, fingerprint: hash, difference: differenceOf(before, description) };
}

/** The memory of a single run, for where there is no other. */
export function forgetfulMemory(): FingerprintMemory {
  const servers = new Map<string, Map<string, Fingerprint>>();
  const toolsOf = ({ server, serverKey }: ServerIdentity) => {
    const key = JSON.stringify([server, serverKey]);
    const tools = servers.get(key) ?? new Map<string, Fingerprint>();
    servers.set(key, tools);
    return tools;
  };
  return {
    add(server, tools) {
      const known = toolsOf(server);
      for (const tool of tools) {
        const isNew = !known.has(tool.description.name) && known.size < MOST_KNOWN;
        if (isNew) known.set(tool.description.name, tool);
      }
      return [...known.values()];
    },
    replace(server, tools) {
      const known = toolsOf(server);
      for (const tool of tools) known.set(tool.description.name, tool);
    },
    withdraw() {},
  };
}
