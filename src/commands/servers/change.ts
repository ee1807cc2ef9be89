/** `mcpchat servers remove|enable|disable NAME`: changes to a server that is configured. */
import type { World } from "../../app/world.ts";
import { type Edited, removeServer, serversIn, setServerEnabled } from "../../config/edit/edit.ts";
import { loadConfiguration } from "../../config/load.ts";
import { pathsFor } from "../../config/paths.ts";
import { keyPath } from "../../config/problem.ts";
import { PROJECT_FILE } from "../../config/project-folder.ts";
import { UsageError } from "../../lib/errors.ts";
import { nearest } from "../../lib/nearest.ts";
import { type Command, worldOf } from "../command.ts";
import { COMMON_OPTIONS } from "../options.ts";
import { parseOptions } from "../parse.ts";
import { print, printJson } from "../print.ts";
import { FILE_OPTIONS, openServersFile, type ServersFile } from "./file.ts";
import { JSON_OPTION, tellingJson } from "./shared.ts";

const OPTIONS = { ...FILE_OPTIONS, json: JSON_OPTION, ...COMMON_OPTIONS } as const;

interface Change {
  name: "remove" | "enable" | "disable";
  description: string;
  /** What has become of it. */
  done: string;
  edit(text: string, server: string): Edited;
}

export const removeCommand = changeCommand({
  name: "remove",
  description: "Remove a server from the configuration",
  done: "removed from",
  edit: removeServer,
});

export const enableCommand = changeCommand({
  name: "enable",
  description: "Have a server started again",
  done: "enabled in",
  edit: (text, server) => setServerEnabled(text, server, true),
});

export const disableCommand = changeCommand({
  name: "disable",
  description: "Have a server not started, and keep it in the configuration",
  done: "disabled in",
  edit: (text, server) => setServerEnabled(text, server, false),
});

function changeCommand({ name: verb, description, done, edit }: Change): Command {
  return {
    meta: { name: verb, description },
    args: { ...OPTIONS, server: { type: "positional", required: false, description: "Its name" } },
    async run(context) {
      const { values, positionals } = parseOptions(context.rawArgs, OPTIONS, 1);
      return tellingJson(values, async () => {
        const [name] = positionals;
        if (name === undefined) throw new UsageError("which server?", `mcpchat servers ${verb} NAME`);
        const world = worldOf(context);
        const opened = openServersFile(world, values);
        if (!Object.hasOwn(serversIn(opened.text), name)) throw await notThere(name, opened, world, verb);
        await opened.edit((text) => edit(text, name));
        const result = { name, file: opened.file, changed: verb };
        await (values.json ? printJson(result) : print(`${name}: ${done} ${opened.file}\n`));
        return 0;
      });
    },
  };
}

/** Says where the server is configured, if that is elsewhere. */
async function notThere(
  name: string,
  { file, text }: ServersFile,
  world: World,
  verb: string,
): Promise<UsageError> {
  const source = await sourceOf(name, world);
  if (source !== undefined && source !== file) {
    const advice = source.endsWith(PROJECT_FILE)
      ? `in its folder: mcpchat servers ${verb} ${name} --project`
      : "change it there";
    return new UsageError(`server ${name} comes from ${source}`, advice);
  }
  const known = Object.keys(serversIn(text));
  const close = nearest(name, known);
  const listed = known.length === 0 ? "it names none" : `it names ${known.join(", ")}`;
  return new UsageError(`there is no server ${name} in ${file}`, close ? `did you mean ${close}?` : listed);
}

async function sourceOf(name: string, { env, cwd }: World): Promise<string | undefined> {
  try {
    const { configuration } = await loadConfiguration({ paths: pathsFor(env, process.platform), cwd, env });
    return configuration.sources[keyPath(["mcp", "servers", name])];
  } catch {
    // What else is wrong with the configuration is not what was asked.
    return undefined;
  }
}
