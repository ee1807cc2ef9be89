/** `mcpchat servers logs NAME`: what a server wrote to its stderr, and the messages that it logged. */
import { followServerLog, type Tail, tailOfServerLog } from "../../app/server-log-reader.ts";
import { serverLogFolder } from "../../app/server-logs.ts";
import { loadConfiguration } from "../../config/load.ts";
import { pathsFor } from "../../config/paths.ts";
import { InterruptedError, UsageError } from "../../lib/errors.ts";
import { jsonText } from "../../lib/json-text.ts";
import { nearest } from "../../lib/nearest.ts";
import { sanitize } from "../../lib/text-sanitize.ts";
import { type Command, type CommandContext, worldOf } from "../command.ts";
import { COMMON_OPTIONS } from "../options.ts";
import { integerOption, parseOptions } from "../parse.ts";
import { print } from "../print.ts";
import { JSON_OPTION, tellingJson } from "./shared.ts";

const OPTIONS = {
  lines: { type: "string", alias: "n", valueHint: "LINES", description: "How many of the last lines (100)" },
  follow: { type: "boolean", alias: "f", description: "Go on with what comes, until Ctrl-C" },
  json: { ...JSON_OPTION, description: "A JSON text for each line" },
  ...COMMON_OPTIONS,
} as const;

const DEFAULT_LINES = 100;

export const logsCommand: Command = {
  meta: { name: "logs", description: "Show what a server wrote to its standard error, and logged" },
  args: { ...OPTIONS, server: { type: "positional", required: false, description: "Its name" } },
  async run(context) {
    const { values, positionals } = parseOptions(context.rawArgs, OPTIONS, 1);
    return tellingJson(values, async () => {
      const [name] = positionals;
      if (name === undefined) throw new UsageError("which server?", "mcpchat servers logs NAME");
      const { env, signal } = worldOf(context);
      const folder = serverLogFolder(pathsFor(env, process.platform));
      const count = integerOption("lines", values.lines, 0) ?? DEFAULT_LINES;
      const tail = tailOfServerLog(folder, name, count) ?? (await nothingYet(name, context, values.config));
      const show = (lines: readonly string[]) => print(lines.map(values.json ? jsonLine : textLine).join(""));
      await show(tail.lines);
      if (!values.follow) return 0;
      for await (const lines of followServerLog(folder, name, tail.end, signal)) await show(lines);
      // Ctrl-C is how it ends.
      if (!(signal.reason instanceof InterruptedError && signal.reason.signal === "SIGINT"))
        throw signal.reason;
      return 0;
    });
  },
};

/** A server that is configured and has said nothing is no mistake. Throws UsageError for any other. */
async function nothingYet(name: string, context: CommandContext, configFile?: string): Promise<Tail> {
  const { env, cwd } = worldOf(context);
  const paths = pathsFor(env, process.platform);
  const { configuration } = await loadConfiguration({
    paths,
    cwd,
    env,
    ...(configFile !== undefined && { configFile }),
  });
  const known = configuration.mcp.servers.map((server) => server.name);
  if (known.includes(name)) return { lines: [], end: { file: undefined, offset: 0 } };
  const close = nearest(name, known);
  throw new UsageError(`there is no log of a server ${name}`, close ? `did you mean ${close}?` : undefined);
}

function textLine(line: string): string {
  return `${sanitize(line)}\n`;
}

function jsonLine(line: string): string {
  return `${jsonText(line)}\n`;
}
