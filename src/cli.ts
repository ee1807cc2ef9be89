/** The command tree, and the way from a command line to one of its commands. */
import type { World } from "./app/world.ts";
import type { Command, Commands } from "./commands/command.ts";
import { COMMON_OPTIONS } from "./commands/options.ts";
import type { OptionDefinition } from "./commands/parse.ts";
import { UsageError } from "./lib/errors.ts";
import { nearest } from "./lib/nearest.ts";

const COMMANDS: Commands = new Map<string, () => Promise<Command>>([
  ["chat", async () => (await import("./commands/chat.ts")).chatCommand],
  ["tools", async () => (await import("./commands/tools.ts")).toolsCommand],
  ["call", async () => (await import("./commands/call.ts")).callCommand],
  ["resources", async () => (await import("./commands/resources.ts")).resourcesCommand],
  ["prompts", async () => (await import("./commands/prompts.ts")).promptsCommand],
  ["servers", async () => (await import("./commands/servers.ts")).serversCommand],
  ["tree", async () => (await import("./commands/tree.ts")).treeCommand],
  ["config", async () => (await import("./commands/config.ts")).configCommand],
  ["sessions", async () => (await import("./commands/sessions.ts")).sessionsCommand],
  ["keys", async () => (await import("./commands/keys.ts")).keysCommand],
  ["models", async () => (await import("./commands/models.ts")).modelsCommand],
  ["version", async () => (await import("./commands/version.ts")).versionCommand],
]);

/** Commands to come: sending them to a model, which may cost money, is not what their user wants. */
const RESERVED: ReadonlySet<string> = new Set("alias serve doctor completion".split(" "));

const COMMON = new Map<string, OptionDefinition>(
  Object.entries(COMMON_OPTIONS).flatMap(([name, option]) => [
    [`--${name}`, option],
    ...("alias" in option ? [[`-${option.alias}`, option] as const] : []),
  ]),
);

/** Where a command line leads. */
export interface Route {
  /** The words of the command, such as `["sessions", "list"]`; empty for a run. */
  words: string[];
  command: Command;
  rawArgs: string[];
}

/** Runs the command that `argv` names and returns the exit code. Throws what the command throws. */
export async function runCli(argv: readonly string[], world: World): Promise<number> {
  const { words, command, rawArgs } = await route(argv);
  if (!command.run || asksForHelp(rawArgs)) {
    const { showHelp } = await import("./commands/help.ts");
    return showHelp(words, command, words.length === 0 ? COMMANDS : command.subCommands);
  }
  const { runCommand } = await import("citty");
  const { result } = await runCommand({ run: command.run }, { rawArgs, data: world });
  return typeof result === "number" ? result : 0;
}

/**
 * Finds the command that a command line names. Only options that every command knows may stand before its name:
 * `mcpchat -m gpu/qwen call me Ishmael` is a prompt. Throws UsageError for an unknown subcommand.
 */
export async function route(argv: readonly string[], commands: Commands = COMMANDS): Promise<Route> {
  const at = findWord(argv);
  const load = commands.get(argv[at] ?? "");
  if (RESERVED.has(argv[at] ?? "")) throw notThereYet(argv[at] ?? "");
  if (!load)
    return { words: [], command: (await import("./commands/run.ts")).runCommand, rawArgs: [...argv] };
  return descend([argv[at] ?? ""], await load(), argv.toSpliced(at, 1));
}

async function descend(words: string[], command: Command, rawArgs: string[]): Promise<Route> {
  const at = findWord(rawArgs);
  const name = rawArgs[at];
  if (command.subCommands && name === undefined && !asksForHelp(rawArgs)) {
    const { parseOptions } = await import("./commands/parse.ts");
    parseOptions(rawArgs, COMMON_OPTIONS);
  }
  if (!command.subCommands || name === undefined) return { words, command, rawArgs };
  const load = command.subCommands.get(name);
  if (!load) {
    if (words[0] === "keys") await refuseKeyIn(name);
    throw unknownCommand([...words, name], [...command.subCommands.keys()]);
  }
  return descend([...words, name], await load(), rawArgs.toSpliced(at, 1));
}

/** The index of the first word that is not a common option or its value; -1 when another option comes first. */
function findWord(args: readonly string[]): number {
  for (let index = 0; index < args.length; index++) {
    const argument = args[index] ?? "";
    if (!argument.startsWith("-")) return index;
    const option = COMMON.get(argument.split("=")[0] ?? "");
    if (!option) return -1;
    if (option.type === "string" && !argument.includes("=")) index++;
  }
  return -1;
}

function asksForHelp(rawArgs: readonly string[]): boolean {
  const dashes = rawArgs.indexOf("--");
  const options = dashes === -1 ? rawArgs : rawArgs.slice(0, dashes);
  return options.includes("--help") || options.includes("-h");
}

function notThereYet(name: string): UsageError {
  return new UsageError(
    `the command ${name} is not there yet`,
    "put -- before a prompt that begins with that word",
  );
}

/** Throws for a key where a command should be, which is not repeated. */
async function refuseKeyIn(word: string): Promise<void> {
  const { refuseKey } = await import("./commands/keys-misplaced.ts");
  refuseKey(word);
}

function unknownCommand(words: readonly string[], known: readonly string[]): UsageError {
  const close = nearest(words.at(-1) ?? "", known);
  const advice = close ? `did you mean ${close}?` : `there are ${known.join(", ")}`;
  return new UsageError(`unknown command ${words.join(" ")}`, advice);
}
