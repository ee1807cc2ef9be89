/**
 * A server may change a tool after the user has come to trust it. Each tool is remembered as it was when it was first
 * used; one that is different now is set aside until the user has accepted the change.
 */
import { differenceOf, fingerprintOf } from "./fingerprint.ts";
import type { SetAsideTool } from "./port.ts";
import type { ToolDescription } from "./tools.ts";

/** A server by its name and a hash of what it runs: another program under the same name is another. */
export interface ServerIdentity {
  server: string;
  serverKey: string;
}

export interface Fingerprint {
  hash: string;
  description: ToolDescription;
}

/** Where the tools as they were first used outlive a run. Nothing in it throws. */
export interface FingerprintMemory {
  /** Adds those that are not known yet, and returns all that are, as they are known. */
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
}

export function fingerprints(tools: readonly ToolDescription[]): Fingerprint[] {
  return tools.map((description) => ({ hash: fingerprintOf(description), description }));
}

/** Tells the tools that are what they were from those that are not. What is not known is accepted. */
export function judgeTools(listed: readonly Fingerprint[], known: readonly Fingerprint[]): Judgement {
  const before = new Map(known.map((tool) => [tool.description.name, tool]));
  const accepted: ToolDescription[] = [];
  const changed: ChangedTool[] = [];
  for (const tool of listed) {
    const first = before.get(tool.description.name);
    if (first === undefined || first.hash === tool.hash) accepted.push(tool.description);
    else changed.push({ before: first.description, after: tool });
  }
  return { accepted, changed };
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
        if (!known.has(tool.description.name)) known.set(tool.description.name, tool);
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
