/** What every command is, and what it is handed: citty's definition, and the world it runs in. */
import type { ArgsDef, CommandContext as CittyContext, CommandMeta } from "citty";
import type { Environment } from "../config/paths.ts";
import type { GroupTracker } from "../process/tracker.ts";

/** The process that a command runs in. */
export interface World {
  env: Environment;
  cwd: string;
  /** Aborted with an InterruptedError by SIGINT, SIGTERM or SIGHUP, unless a chat has taken SIGINT over. */
  signal: AbortSignal;
  /** Takes SIGINT over; the returned function gives it back. */
  onInterrupt(handler: () => void): () => void;
  /** The process groups that must not outlive this process. */
  groups: GroupTracker;
}

/** A command of the tree; `run` returns the exit code, 0 when it returns none. */
export interface Command {
  meta: CommandMeta & { name: string; description: string };
  args?: ArgsDef;
  subCommands?: Commands;
  run?(context: CommandContext): Promise<number>;
}

export type CommandContext = Omit<CittyContext, "data"> & { data?: World };

/** Loaders by name: a command is imported when it runs. A Map, so that `mcpchat constructor` is a prompt. */
export type Commands = ReadonlyMap<string, () => Promise<Command>>;

/** The world, which our own main always passes. */
export function worldOf(context: CommandContext): World {
  if (!context.data) throw new Error("a command was run without its world");
  return context.data;
}
