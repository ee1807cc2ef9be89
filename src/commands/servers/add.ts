// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are variables of the configuration.
/** `mcpchat servers add NAME ... -- COMMAND ARGS...` and `mcpchat servers add NAME URL ...`: a new server. */
import type { World } from "../../app/world.ts";
import { addServer, removeServer, serversIn } from "../../config/edit/edit.ts";
import { checkFile } from "../../config/load.ts";
import { lacksVariable } from "../../config/mcp-json.ts";
import { serverLine } from "../../config/review.ts";
import type { RawServer } from "../../config/schema.ts";
import { ConfigurationError, describeError, UsageError } from "../../lib/errors.ts";
import type { Notify } from "../../lib/notice.ts";
import { openNotices } from "../../terminal/notices.ts";
import { type Command, worldOf } from "../command.ts";
import { COMMON_OPTIONS } from "../options.ts";
import { parseOptions } from "../parse.ts";
import { print, printJson } from "../print.ts";
import { serverFromWords, splitAtDashes } from "./add-words.ts";
import { FILE_OPTIONS, openServersFile } from "./file.ts";
import { JSON_OPTION, tellingJson, withoutSecrets } from "./shared.ts";

const OPTIONS = {
  env: {
    type: "string",
    multiple: true,
    valueHint: "KEY=VALUE",
    description: "A variable for the command; ${VAR} is read at each start (repeatable)",
  },
  cwd: { type: "string", valueHint: "FOLDER", description: "Where the command runs" },
  root: {
    type: "string",
    multiple: true,
    valueHint: "FOLDER",
    description: "A folder that the server is told of, instead of the working folder (repeatable)",
  },
  transport: { type: "string", valueHint: "http|sse", description: "How the address is spoken to (http)" },
  header: {
    type: "string",
    multiple: true,
    valueHint: "'NAME: VALUE'",
    description: "A header for the address (repeatable)",
  },
  trusted: { type: "boolean", description: "Believe what it says about its tools" },
  "tool-allow": {
    type: "string",
    multiple: true,
    valueHint: "GLOB",
    description: "It may offer only these tools, and they are not asked about (repeatable)",
  },
  ...FILE_OPTIONS,
  force: { type: "boolean", description: "Replace the one that has this name" },
  json: JSON_OPTION,
  ...COMMON_OPTIONS,
} as const;

export const addCommand: Command = {
  meta: { name: "add", description: "Add a server: NAME -- COMMAND ARGS..., or NAME URL" },
  args: {
    ...OPTIONS,
    name: { type: "positional", required: false, description: "What it is to be called" },
    url: { type: "positional", required: false, description: "Its address; or -- and its command" },
  },
  async run(context) {
    const { before, command } = splitAtDashes(context.rawArgs);
    const { values, positionals } = parseOptions(before, OPTIONS);
    return tellingJson(values, async () => {
      const world = worldOf(context);
      const { name, server } = serverFromWords(positionals, command, values, world.cwd);
      const opened = openServersFile(world, values);
      const enabled = !lacksVariable(server, world.env);
      const added: RawServer = enabled ? server : { ...server, enabled };
      let replaced = false;
      await opened.edit((text) => {
        replaced = Object.hasOwn(serversIn(text), name);
        if (replaced && !values.force) throw taken(name, opened.file);
        const rest = replaced ? removeServer(text, name) : { text };
        return "line" in rest ? rest : addServer(rest.text, name, added);
      });
      const result = { name, file: opened.file, enabled, replaced };
      await (values.json ? printJson(result) : print(said(result, added)));
      await tellMistakes(opened.file, world, openNotices(values, { environment: world.env }));
      return 0;
    });
  },
};

/** A mistake elsewhere in the file does not keep a server out of it, but keeps mcpchat from using the file. */
async function tellMistakes(file: string, { env }: World, notify: Notify): Promise<void> {
  try {
    await checkFile(file, env);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    notify("warn", `the file cannot be used before this is mended: ${describeError(error)}`);
  }
}

function taken(name: string, file: string): UsageError {
  return new UsageError(
    `there is a server ${name} in ${file}`,
    `remove it first with mcpchat servers remove ${name}, or replace it with --force`,
  );
}

function said(result: { name: string; file: string; enabled: boolean }, server: RawServer): string {
  const { name, file, enabled } = result;
  const next = enabled
    ? `try it: mcpchat servers test ${name}`
    : `it is disabled, as a variable that it names is not set: set it, then mcpchat servers enable ${name}`;
  return `added to ${file}\n  ${name}: ${serverLine({ ...withoutSecrets(server) })}\n${next}\n`;
}
