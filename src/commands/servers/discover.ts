/** `mcpchat servers discover`: MCP servers that other programs, npm and the environment know. Starts nothing. */
import { basename, dirname } from "node:path";
import type { World } from "../../app/world.ts";
import { installedServers } from "../../config/import/packages.ts";
import { type Place, places } from "../../config/import/places.ts";
import { serversAt } from "../../config/import/read.ts";
import { serversOfVariables } from "../../config/import/variables.ts";
import { PROJECT_SERVERS_FILE } from "../../config/project-folder.ts";
import { serverLine } from "../../config/review.ts";
import type { RawServer } from "../../config/schema.ts";
import { describeError } from "../../lib/errors.ts";
import { singleLine } from "../../lib/text-layout.ts";
import { type Command, worldOf } from "../command.ts";
import { COMMON_OPTIONS } from "../options.ts";
import { parseOptions } from "../parse.ts";
import { print, printJson } from "../print.ts";
import { addLine, shellWord } from "./command-line.ts";
import { JSON_OPTION, tellingJson, withoutSecrets } from "./shared.ts";

const OPTIONS = { json: JSON_OPTION, ...COMMON_OPTIONS } as const;
const LINE_COLUMNS = 1000;

/** Where servers were found, and what has them taken. */
interface Find {
  from: string;
  source: string;
  servers: FoundServer[];
  /** What is wrong with the source. */
  problem?: string;
  /** The command line that takes all of them. */
  take?: string;
}

interface FoundServer {
  name: string;
  server?: RawServer;
  problem?: string;
  notes: readonly string[];
  take?: string;
}

export const discoverCommand: Command = {
  meta: { name: "discover", description: "Find servers of other programs, of npm and of the environment" },
  args: OPTIONS,
  async run(context) {
    const { values } = parseOptions(context.rawArgs, OPTIONS, 0);
    return tellingJson(values, async () => {
      const finds = discover(worldOf(context));
      await (values.json ? printJson(finds.map(findJson)) : print(text(finds)));
      return 0;
    });
  },
};

function discover({ env, cwd }: World): Find[] {
  const surroundings = { env, cwd, platform: process.platform };
  const files = places(surroundings).flatMap((place) => findAt(place, cwd) ?? []);
  const packages = installedServers(surroundings).map(({ name, title, folder, server }) => ({
    from: `npm: ${title}`,
    source: folder,
    servers: [{ name, server, notes: [], take: addLine(name, server) }],
  }));
  const variables = serversOfVariables(env).map(({ name, variable, server }) => ({
    from: "environment",
    source: variable,
    servers: [{ name, server, notes: [], take: addVariableLine(name, variable, server) }],
  }));
  return [...files, ...packages, ...variables];
}

/** One file; a broken one is told of, and hides no other. */
function findAt(place: Place, cwd: string): Find | undefined {
  const { title: from, file: source } = place;
  try {
    const servers = serversAt(place, cwd);
    if (!servers || servers.length === 0) return undefined;
    return { from, source, servers, take: takeLine(place) };
  } catch (error) {
    return { from, source, servers: [], problem: describeError(error) };
  }
}

/** What a project shares is trusted where it is, and needs no copy. */
function takeLine({ file }: Place): string {
  if (basename(file) === PROJECT_SERVERS_FILE) return `mcpchat config trust ${shellWord(dirname(file))}`;
  return `mcpchat servers import ${shellWord(file)} --all`;
}

/** An address with something in it that is not shown is left to the shell, which knows it. */
function addVariableLine(name: string, variable: string, server: RawServer): string {
  if (withoutSecrets(server).url === server.url) return addLine(name, server);
  return `mcpchat servers add ${shellWord(name)} "$${variable}"`;
}

function text(finds: readonly Find[]): string {
  if (finds.length === 0) return "nothing was found\n";
  return finds.map(findText).join("\n");
}

function findText({ from, source, servers, problem, take }: Find): string {
  const lines = [
    `${from}: ${source}`,
    ...(problem === undefined ? [] : [`  ${problem}`]),
    ...servers.flatMap((one) => serverLines(one)),
    ...(take === undefined ? [] : [`  take them: ${take}`]),
  ];
  return lines.map((line) => `${/^ */.exec(line)?.[0]}${singleLine(line, LINE_COLUMNS)}\n`).join("");
}

function serverLines({ name, server, problem, notes, take }: FoundServer): string[] {
  return [
    `  ${name}: ${server ? serverLine({ ...withoutSecrets(server) }) : `cannot be taken: ${problem}`}`,
    ...notes.map((note) => `    ${note}`),
    ...(take === undefined ? [] : [`    take it: ${take}`]),
  ];
}

function findJson({ servers, ...find }: Find): object {
  return {
    ...find,
    servers: servers.map((one) => ({ ...one, ...(one.server && { server: withoutSecrets(one.server) }) })),
  };
}
