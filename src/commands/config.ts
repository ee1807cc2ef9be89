/** `mcpchat config path|validate|trust|distrust`. */
import { resolve } from "node:path";
import type { World } from "../app/world.ts";
import { checkFile, loadConfiguration } from "../config/load.ts";
import { pathsFor } from "../config/paths.ts";
import { distrustFolder } from "../config/trust.ts";
import { type Command, type CommandContext, worldOf } from "./command.ts";
import { COMMON_OPTIONS } from "./options.ts";
import { parseOptions } from "./parse.ts";
import { print } from "./print.ts";

/** What an action does with the first word after it; returns what it prints. */
type Action = (word: string | undefined, world: World, configFile: string | undefined) => Promise<string>;

export const configCommand: Command = {
  meta: { name: "config", description: "Show, check and trust configuration files" },
  args: COMMON_OPTIONS,
  subCommands: new Map([
    ["path", async () => action("path", "Print where the user's configuration file is", showPath)],
    [
      "validate",
      async () => action("validate", "Check a configuration file, or all that apply here", validate, "FILE"),
    ],
    ["trust", async () => (await import("./config-trust.ts")).trustCommand],
    [
      "distrust",
      async () => action("distrust", "Ignore the project files of this folder again", distrust, "FOLDER"),
    ],
  ]),
};

function action(name: string, description: string, act: Action, word?: string): Command {
  const positional = word && { [word.toLowerCase()]: { type: "positional" as const, required: false } };
  return {
    meta: { name, description },
    args: { ...COMMON_OPTIONS, ...positional },
    async run(context: CommandContext) {
      const { values, positionals } = parseOptions(context.rawArgs, COMMON_OPTIONS, word ? 1 : 0);
      await print(await act(positionals[0], worldOf(context), values.config));
      return 0;
    },
  };
}

const showPath: Action = async (_word, { env }, configFile) => {
  return `${configFile ?? pathsFor(env, process.platform).configFile}\n`;
};

const validate: Action = async (file, { env, cwd }, configFile) => {
  const named = file ?? configFile;
  const paths = pathsFor(env, process.platform);
  if (named === undefined) await loadConfiguration({ paths, cwd, env });
  else await checkFile(resolve(cwd, named), env, paths.configFile);
  return "valid\n";
};

const distrust: Action = async (folder = ".", { env, cwd }) => {
  distrustFolder(pathsFor(env, process.platform).trustFile, resolve(cwd, folder));
  return "";
};
