/** `mcpchat servers trust NAME [TOOL...]`: shows what a server has changed of its tools, and accepts it. */
import type { App } from "../../app/app.ts";
import { openServers } from "../../app/servers.ts";
import { ExitCode, UsageError, UserError } from "../../lib/errors.ts";
import { singleLine } from "../../lib/text-layout.ts";
import { sanitize } from "../../lib/text-sanitize.ts";
import type { McpHost, SetAsideTool } from "../../mcp/client/port.ts";
import { type Command, worldOf } from "../command.ts";
import { confirm } from "../confirm.ts";
import { COMMON_OPTIONS } from "../options.ts";
import { numberOption, parseOptions } from "../parse.ts";
import { print, printJson } from "../print.ts";
import { withApp } from "../with-app.ts";
import { JSON_OPTION, serverWord, tellChats, tellingJson } from "./shared.ts";

const OPTIONS = {
  yes: { type: "boolean", description: "Accept the changes without a question" },
  wait: { type: "string", valueHint: "SECONDS", description: "Longest wait for the server (10)" },
  json: JSON_OPTION,
  ...COMMON_OPTIONS,
} as const;

const NAME_COLUMNS = 100;

interface Outcome {
  changes: readonly SetAsideTool[];
  /** Names of the tools whose change was accepted. */
  accepted: readonly string[];
}

export const trustCommand: Command = {
  meta: {
    name: "trust",
    description: "Show what a server has changed of its tools since they were first used, and accept it",
  },
  args: {
    ...OPTIONS,
    server: { type: "positional", required: false, description: "Its name" },
    tool: { type: "positional", required: false, description: "Only these tools" },
  },
  async run(context) {
    const { values, positionals } = parseOptions(context.rawArgs, OPTIONS);
    const server = await serverWord(values, positionals, "mcpchat servers trust NAME [TOOL...]");
    const tools = positionals.slice(1);
    const waitSeconds = await tellingJson(values, () => numberOption("wait", values.wait));
    const { changes, accepted } = await withApp(context, values, async (app): Promise<Outcome> => {
      const host = await start(app, server, waitSeconds);
      const meant = chosen(host, server, tools);
      if (!values.json) await print(describe(server, meant));
      if (meant.length === 0) return { changes: meant, accepted: [] };
      // Who reads JSON is no person: without --yes they only look.
      const agreed = values.yes ?? (!values.json && (await confirm(question(meant), app.signal)));
      return { changes: meant, accepted: agreed ? accept(host, server, meant) : [] };
    });
    if (accepted.length > 0) await tellChats(worldOf(context), server, "reconsider");
    if (values.json) await printJson({ server, changed: changes.map(changeJson), accepted });
    return 0;
  },
};

/** Throws ServerNotReadyError. */
async function start(app: App, server: string, waitSeconds: number | undefined): Promise<McpHost> {
  // What is accepted without being written would be set aside again by the next run.
  await app.services.need("store");
  const host = await openServers(app, { only: [server], tells: true });
  if (!host) throw new UsageError(`server ${server} cannot be used`);
  const { waitMs } = (await app.services.need("config")).current().mcp;
  await host.ready(server, waitSeconds === undefined ? waitMs : waitSeconds * 1000, app.signal);
  return host;
}

/** Throws UsageError for a tool that the server does not have. */
function chosen(host: McpHost, server: string, names: readonly string[]): readonly SetAsideTool[] {
  const changes = host.changes(server);
  if (names.length === 0) return changes;
  const offered = host.tools().map((tool) => tool.name);
  const unknown = names.find((name) => ![...changes.map((change) => change.name), ...offered].includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`server ${server} has no tool ${unknown}`, `see mcpchat tools --server ${server}`);
  }
  return changes.filter(({ name }) => names.includes(name));
}

function describe(server: string, changes: readonly SetAsideTool[]): string {
  if (changes.length === 0)
    return `${singleLine(server, NAME_COLUMNS)}: no tool has changed since it was first used\n`;
  const tools = changes.map(({ name, difference }) => {
    const title = `${singleLine(`${server}/${name}`, NAME_COLUMNS)} has changed since it was first used:`;
    return [title, ...difference.map((line) => `  ${sanitize(line)}`)].map((line) => `${line}\n`).join("");
  });
  return tools.join("\n");
}

function question({ length }: readonly SetAsideTool[]): string {
  return length === 1 ? "Accept this change?" : `Accept these ${length} changes?`;
}

/** Throws UserError when it could not be written, so that the next run would set the tools aside again. */
function accept(host: McpHost, server: string, changes: readonly SetAsideTool[]): string[] {
  const accepted = host.trust(server, changes);
  host.reconsider(server);
  const left = new Set(host.changes(server).map(({ name }) => name));
  const missing = changes.find(({ name }) => left.has(name) || !accepted.includes(name));
  if (!missing) return accepted;
  const what = `the change of ${singleLine(`${server}/${missing.name}`, NAME_COLUMNS)} could not be accepted`;
  throw new UserError(
    what,
    "not_accepted",
    ExitCode.configuration,
    "the server may just have changed it again",
  );
}

function changeJson({ name, difference }: SetAsideTool): object {
  return { tool: name, difference };
}
