/** What every command is, and what it is handed: citty's definition, and the world it runs in. */
import type { ArgsDef, CommandContext as CittyContext, CommandMeta } from "citty";
import type { World } from "../app/world.ts";

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
