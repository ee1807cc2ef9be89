/** `--help`: citty renders what a command's own tables say; nothing is written twice. */
import { type ArgsDef, type CommandDef, renderUsage } from "citty";
import type { Command, Commands } from "./command.ts";
import { print } from "./print.ts";

/** Prints the help of a command on stdout. Without a terminal, or with NO_COLOR, it has no colours. */
export async function showHelp(words: string[], command: Command, subCommands?: Commands): Promise<number> {
  const definition: CommandDef = {
    meta: { ...command.meta, name: ["mcpchat", ...words].join(" ") },
    args: visible(command.args ?? {}),
    ...(subCommands && { subCommands: await describe(subCommands) }),
  };
  const text = await renderUsage(definition);
  const plain = !process.stdout.isTTY || Boolean(process.env.NO_COLOR);
  await print(`${plain ? Bun.stripANSI(text) : text}\n`);
  return 0;
}

async function describe(commands: Commands): Promise<Record<string, CommandDef>> {
  const loaded = [...commands].map(async ([name, load]) => [name, { meta: (await load()).meta }] as const);
  return Object.fromEntries(await Promise.all(loaded));
}

function visible(args: ArgsDef): ArgsDef {
  return Object.fromEntries(Object.entries(args).filter(([name]) => name !== "help"));
}
