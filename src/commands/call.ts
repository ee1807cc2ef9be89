/** `mcpchat call SERVER TOOL [k=v ... | JSON | -]`: one tool call, without a model. */
import type { App } from "../app/app.ts";
import { rulesOf } from "../app/permissions.ts";
import { openServers } from "../app/servers.ts";
import { judge } from "../chat/permission.ts";
import { toolProgress } from "../chat/report/tool-progress.ts";
import { ToolError, UsageError } from "../lib/errors.ts";
import { nearest } from "../lib/nearest.ts";
import { sanitize } from "../lib/text-sanitize.ts";
import { describeBlock } from "../mcp/client/calls/outcome.ts";
import type { CallOptions, CatalogueTool, McpHost, ToolOutcome } from "../mcp/client/port.ts";
import { openProgress } from "../terminal/progress.ts";
import { readStdin } from "../terminal/stdin.ts";
import { readToolArguments } from "./call-arguments.ts";
import { type Command, type CommandContext, worldOf } from "./command.ts";
import { destination, type Saving, save } from "./content/file.ts";
import { binary, printText } from "./content/output.ts";
import { COMMON_OPTIONS, TOOL_OPTIONS } from "./options.ts";
import { numberOption, parseOptions } from "./parse.ts";
import { printJson } from "./print.ts";
import { withinSeconds } from "./time-limit.ts";
import { withApp } from "./with-app.ts";

const OPTIONS = {
  wait: { ...TOOL_OPTIONS.wait, description: "Longest wait for the server (10)" },
  timeout: { type: "string", valueHint: "SECONDS", description: "Longest time for the server and the call" },
  json: { type: "boolean", description: "The whole result as JSON" },
  output: {
    type: "string",
    alias: "o",
    valueHint: "FILE",
    description: "Save the image, the sound or the file that it returns",
  },
  raw: { type: "boolean", description: "Print the result as it is, control characters too" },
  ...COMMON_OPTIONS,
} as const;

export const callCommand: Command = {
  meta: { name: "call", description: "Call a tool of an MCP server" },
  args: {
    ...OPTIONS,
    server: { type: "positional", required: false, description: "The server's name in the configuration" },
    tool: { type: "positional", required: false, description: "The tool's name" },
    arguments: {
      type: "positional",
      required: false,
      description: "key=value ..., or a JSON object, or - for stdin",
    },
  },
  async run(context) {
    const { values, positionals } = parseOptions(context.rawArgs, OPTIONS);
    const [server, name, ...words] = positionals;
    if (server === undefined || name === undefined) {
      throw new UsageError(
        "call needs a server and a tool",
        "mcpchat call SERVER TOOL [key=value ... | JSON | -]",
      );
    }
    const waitSeconds = numberOption("wait", values.wait);
    const timeoutSeconds = numberOption("timeout", values.timeout);
    const target = destination(values.output, worldOf(context).cwd, values);
    const began = performance.now();
    const progress = progressOf(context, values);
    const watched = { ...values, beforeNotice: progress.clear };
    const outcome = await withApp(context, watched, async (app, notify) => {
      const stdin = async () => (await readStdin({ notify, signal: app.signal })) ?? "";
      const argumentsFor = await readToolArguments(words, stdin);
      const host = await openServers(app, { only: [server], tells: true });
      if (!host) throw new UsageError(`server ${server} cannot be used`);
      const onProgress = (news: CallProgress) => progress.tell({ server, name, ...news });
      // The time limit of the command line is for all of it, and told as one, with its own exit code.
      return withinSeconds(timeoutSeconds, `${server}/${name}`, app.signal, async (signal) => {
        const tool = await findTool(app, host, { server, name, waitSeconds, signal });
        const args = argumentsFor(tool.inputSchema);
        const timeoutMs = timeoutSeconds === undefined ? await callTimeoutMs(app, server) : UNLIMITED_MS;
        return host.call(tool, args, { signal, timeoutMs, onProgress });
      }).finally(progress.clear);
    });
    const ms = Math.round(performance.now() - began);
    const { files, text } = apart(outcome, target !== undefined);
    try {
      if (target && !outcome.isError) await save(target, files);
    } finally {
      // What cannot be saved is no reason to lose the rest.
      if (values.json) await printJson(outcomeJson(server, name, outcome, ms));
      else if (!outcome.isError && text !== undefined) await printText(text, values.raw);
    }
    if (outcome.isError) throw failed(server, name, outcome);
    return 0;
  },
};

interface Sought {
  server: string;
  name: string;
  waitSeconds: number | undefined;
  signal: AbortSignal;
}

/** Throws ServerNotReadyError, and UsageError for a tool that the server does not have. */
async function findTool(
  app: App,
  host: McpHost,
  { server, name, waitSeconds, signal }: Sought,
): Promise<CatalogueTool> {
  const configuration = (await app.services.need("config")).current();
  const waitMs = waitSeconds === undefined ? configuration.mcp.waitMs : waitSeconds * 1000;
  await host.ready(server, waitMs, signal);
  const tools = host.tools();
  const tool = tools.find((candidate) => candidate.name === name);
  if (host.changes(server).some((change) => change.name === name)) {
    const what = `${server}/${name} is set aside: the server has changed it since it was first used`;
    throw new ToolError(what, "tool_denied", `mcpchat servers trust ${server} shows the change`);
  }
  if (!tool) {
    const names = tools.map((candidate) => candidate.name);
    const close = nearest(name, names);
    throw new UsageError(
      `server ${server} has no tool ${name}`,
      close ? `did you mean ${close}?` : `see mcpchat tools --server ${server}`,
    );
  }
  // Who names a tool on the command line has allowed it; a deny rule still holds.
  const rules = rulesOf(configuration, { allow: [], deny: [], yes: true });
  if (judge(tool, rules, false) === "deny") {
    throw new ToolError(`${server}/${name} is denied`, "tool_denied", "see tools.deny in the configuration");
  }
  return tool;
}

/** For the host, whose own limit would be an error of the tool. */
const UNLIMITED_MS = 2 ** 31 - 1;

type CallProgress = Parameters<NonNullable<CallOptions["onProgress"]>>[0];

/** On a terminal alone. */
function progressOf(context: CommandContext, { quiet = false }: { quiet?: boolean }) {
  const line = openProgress({ quiet, environment: worldOf(context).env, notify: () => {} });
  return toolProgress(line);
}

const CALL_TIMEOUT_MS = 60_000;

async function callTimeoutMs(app: App, server: string): Promise<number> {
  const { servers } = (await app.services.need("config")).current().mcp;
  return servers.find(({ name }) => name === server)?.callTimeoutMs ?? CALL_TIMEOUT_MS;
}

function failed(server: string, name: string, { content }: ToolOutcome): ToolError {
  const words = sanitize(content).replaceAll(/\s+/g, " ").trim();
  return new ToolError(`${server}/${name} failed: ${words}`, "tool_failed");
}

/** What of a result goes to files, and the text that is printed, if any: nothing but text is a file too. */
function apart(outcome: ToolOutcome, isSaved: boolean): { files: Saving[]; text?: string } {
  const { blocks = [], original, content } = outcome;
  const text = original ?? content;
  if (!isSaved) return { files: [], text };
  const files = blocks.flatMap(fileIn);
  if (files.length === 0) return { files: [{ bytes: text, type: "text" }] };
  const others = blocks.filter((block) => fileIn(block).length === 0);
  return { files, ...(others.length > 0 && { text: others.map(describeBlock).join("\n") }) };
}

type Block = NonNullable<ToolOutcome["blocks"]>[number];

function fileIn(block: Block): Saving[] {
  if (block.type === "image" || block.type === "audio") return [binary(block.data, block.mimeType)];
  if (block.type !== "resource" || !("blob" in block.resource)) return [];
  return [binary(block.resource.blob, block.resource.mimeType)];
}

function outcomeJson(server: string, tool: string, outcome: ToolOutcome, ms: number): object {
  return {
    server,
    tool,
    ok: !outcome.isError,
    content: outcome.original ?? outcome.content,
    blocks: outcome.blocks ?? [{ type: "text", text: outcome.original ?? outcome.content }],
    structured: outcome.structured ?? null,
    ms,
  };
}
