/** `mcpchat servers test`: starts servers for real, and says how far each has come. */
import { basename } from "node:path";
import type { App } from "../app/app.ts";
import { openServers } from "../app/servers.ts";
import type { McpServerConfig } from "../config/configuration.ts";
import { NAME_FORM } from "../config/forms.ts";
import type { RawConfiguration } from "../config/schema.ts";
import { describeError, ServerNotReadyError, UsageError } from "../lib/errors.ts";
import { singleLine } from "../lib/text-layout.ts";
import type { ServerStatus } from "../mcp/client/port.ts";
import { type Command, worldOf } from "./command.ts";
import { COMMON_OPTIONS } from "./options.ts";
import { numberOption, parseOptions } from "./parse.ts";
import { print, printJson } from "./print.ts";
import { serverFromWords, splitAtDashes } from "./servers-add-words.ts";
import { JSON_OPTION, tellingJson } from "./servers-shared.ts";
import { withApp } from "./with-app.ts";

const OPTIONS = {
  wait: { type: "string", valueHint: "SECONDS", description: "Longest wait for a server (30)" },
  json: JSON_OPTION,
  ...COMMON_OPTIONS,
} as const;

const LINE_COLUMNS = 300;
/** Revisions are dates, and this is the first of those without a session. */
const FIRST_MODERN = "2026-07-28";
/** One more try tells whether a server takes the other era of the protocol; more only tell the same again. */
const SUPERVISOR = { max_restarts: 1 };

/** What became of one server. */
interface Finding {
  name: string;
  ok: boolean;
  ms: number;
  transport?: ServerStatus["transport"];
  pid?: number;
  protocol?: string;
  server?: { name: string; version: string };
  tools?: number;
  resources?: number;
  templates?: number;
  prompts?: number;
  set_aside?: readonly string[];
  error?: string;
}

export const testCommand: Command = {
  meta: { name: "test", description: "Start servers for real, and say what they are and what they offer" },
  args: {
    ...OPTIONS,
    server: { type: "positional", required: false, description: "Names; or a URL, or -- COMMAND ARGS..." },
  },
  async run(context) {
    const { before, command } = splitAtDashes(context.rawArgs);
    const { values, positionals } = parseOptions(before, OPTIONS);
    const waitSeconds = numberOption("wait", values.wait);
    const { names, overrides } = await tellingJson(values, () =>
      wanted(positionals, command, worldOf(context).cwd),
    );
    const findings = await withApp(
      context,
      { ...values, overrides: { ...overrides, supervisor: SUPERVISOR } },
      (app) => testAll(app, names, waitSeconds),
    );
    await (values.json ? printJson(findings) : print(findings.map(findingText).join("")));
    const failed = findings.filter(({ ok }) => !ok).map(({ name }) => name);
    if (failed.length > 0) throw new ServerNotReadyError(`not ready: ${failed.join(", ")}`);
    return 0;
  },
};

/** The servers that are meant; one that is described by the command line is put into the configuration for this run. */
function wanted(
  words: readonly string[],
  command: readonly string[] | undefined,
  cwd: string,
): { names: string[]; overrides: RawConfiguration } {
  const [first, ...more] = words;
  const isAddress = first !== undefined && /^https?:\/\//.test(first) && URL.canParse(first);
  if (!command && !isAddress) {
    if (first === undefined)
      throw new UsageError("which server?", "mcpchat servers test NAME, URL, or -- COMMAND");
    return { names: [...new Set(words)], overrides: {} };
  }
  if (command && first !== undefined)
    throw new UsageError(`unexpected argument ${first}`, "a command stands alone");
  if (more[0] !== undefined)
    throw new UsageError(`unexpected argument ${more[0]}`, "an address stands alone");
  const name = nameFor(command?.[0] ?? new URL(first ?? "").hostname);
  const { server } = serverFromWords([name, ...words], command, {}, cwd);
  return { names: [name], overrides: { mcp: { servers: { [name]: server } } } };
}

/** What a server that is none of the configuration is called. */
function nameFor(program: string): string {
  const name = basename(program)
    .replaceAll(/[^a-zA-Z0-9_.-]/g, "")
    .slice(0, 64);
  return NAME_FORM.pattern.test(name) ? name : "server";
}

async function testAll(
  app: App,
  names: readonly string[],
  waitSeconds: number | undefined,
): Promise<Finding[]> {
  const host = await openServers(app, { only: names });
  if (!host) throw new UsageError("no MCP server is configured");
  const { servers } = (await app.services.need("config")).current().mcp;
  const statusOf = (name: string) => host.statuses().find((status) => status.name === name);
  return Promise.all(
    names.map(async (name): Promise<Finding> => {
      const configured = servers.find((server) => server.name === name);
      const waitMs = waitSeconds === undefined ? patience(configured) : waitSeconds * 1000;
      try {
        await host.ready(name, waitMs, app.signal);
        const status = statusOf(name);
        return { ...found(name, status), ok: true, ...(await offersOf(app, name, status, waitMs)) };
      } catch (error) {
        app.signal.throwIfAborted();
        const status = statusOf(name);
        return { ...found(name, status), error: status?.error ?? describeError(error) };
      }
    }),
  );
}

/** How many of each it offers. Throws what the server has against being asked. */
async function offersOf(app: App, name: string, status: ServerStatus | undefined, waitMs: number) {
  const count = async (kind: "resources" | "templates" | "prompts") => {
    const { items, problems } = await app.mcp.content.list(kind, {
      servers: [name],
      waitMs,
      signal: app.signal,
    });
    if (problems[0]) throw problems[0].error;
    return items.length;
  };
  const [resources, templates, prompts] = await Promise.all([
    count("resources"),
    count("templates"),
    count("prompts"),
  ]);
  return { tools: status?.tools ?? 0, resources, templates, prompts };
}

/** Time for two attempts, as the second one may speak the older era, and for what lies between. */
function patience(server: McpServerConfig | undefined): number {
  return (server?.connectTimeoutMs ?? 0) * 2 + 5000;
}

function found(name: string, status: ServerStatus | undefined): Finding {
  return {
    name,
    ok: false,
    ms: Math.round(status?.ms ?? 0),
    ...(status && { transport: status.transport }),
    ...(status?.pid !== undefined && { pid: status.pid }),
    ...(status?.protocol !== undefined && { protocol: status.protocol }),
    ...(status?.implementation && { server: nameAndVersion(status.implementation) }),
    ...(status?.setAside && { set_aside: status.setAside }),
  };
}

function nameAndVersion({ name, version }: { name: string; version: string }) {
  return { name, version };
}

function findingText(finding: Finding): string {
  const { name, ok, ms, error, pid, transport, protocol = "", server, set_aside: setAside } = finding;
  if (!ok) return `${singleLine(`${name}: not ready after ${ms} ms: ${error}`, LINE_COLUMNS)}\n`;
  const { tools = 0, resources = 0, templates = 0, prompts = 0 } = finding;
  const lines = [
    `${name}: ready after ${ms} ms`,
    pid === undefined ? `  reached over ${transport}` : `  started as process ${pid}`,
    `  speaks MCP ${protocol} (${protocol >= FIRST_MODERN ? "modern" : "legacy"} era)`,
    ...(server ? [`  is ${server.name} ${server.version}`] : []),
    `  offers ${counted(tools, "tool")}, ${counted(resources, "resource")}, ${counted(templates, "resource template")}, ${counted(prompts, "prompt")}`,
    ...(setAside ? [`  set aside, as changed: ${setAside.join(" ")}`] : []),
  ];
  return lines.map((line) => `${/^ */.exec(line)?.[0]}${singleLine(line, LINE_COLUMNS)}\n`).join("");
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
