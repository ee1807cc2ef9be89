/** `mcpchat prompts list|get|complete`: the prompts that servers have ready. */
import type { GetPromptResult } from "@modelcontextprotocol/client";
import { UsageError } from "../lib/errors.ts";
import { singleLine } from "../lib/text-layout.ts";
import { describeBlock } from "../mcp/client/calls/outcome.ts";
import type { Listed, Offers } from "../mcp/client/content/port.ts";
import type { Command } from "./command.ts";
import {
  CONTENT_OPTIONS,
  LINE_COLUMNS,
  LIST_OPTIONS,
  listAll,
  listedJson,
  titleOf,
  withServer,
} from "./content/common.ts";
import { completePromptCommand } from "./content/complete.ts";
import { printText } from "./content/output.ts";
import { COMMON_OPTIONS } from "./options.ts";
import { parsePairs } from "./pairs.ts";
import { parseOptions } from "./parse.ts";
import { print, printJson } from "./print.ts";

const GET_OPTIONS = {
  raw: { type: "boolean", description: "Print text as it is, control characters too" },
  ...CONTENT_OPTIONS,
} as const;

export const promptsCommand: Command = {
  meta: { name: "prompts", description: "List and get the prompts of MCP servers" },
  args: COMMON_OPTIONS,
  subCommands: new Map([
    ["list", async () => listCommand],
    ["get", async () => getCommand],
    ["complete", async () => completePromptCommand],
  ]),
};

const listCommand: Command = {
  meta: { name: "list", description: "List the prompts of the MCP servers" },
  args: LIST_OPTIONS,
  async run(context) {
    const { values } = parseOptions(context.rawArgs, LIST_OPTIONS, 0);
    const prompts = await listAll(context, values, "prompts");
    if (values.json) await printJson(prompts.map((prompt) => listedJson(prompt)));
    else await print(prompts.map(promptLine).join(""));
    return 0;
  },
};

const getCommand: Command = {
  meta: { name: "get", description: "Print the messages of a prompt" },
  args: {
    ...GET_OPTIONS,
    server: { type: "positional", required: false, description: "The server's name in the configuration" },
    name: { type: "positional", required: false, description: "The prompt's name" },
    arguments: { type: "positional", required: false, description: "key=value ..." },
  },
  async run(context) {
    const { values, positionals } = parseOptions(context.rawArgs, GET_OPTIONS);
    const [server, name, ...words] = positionals;
    if (server === undefined || name === undefined) {
      throw new UsageError(
        "get needs a server and a prompt",
        "mcpchat prompts get SERVER NAME [key=value ...]",
      );
    }
    const given = parsePairs(words);
    const result = await withServer(context, values, server, (content, limits) =>
      content.prompt(server, name, given, limits),
    );
    if (values.json) await printJson({ server, name, ...described(result), messages: result.messages });
    else await printText(result.messages.map(messageText).join("\n\n"), values.raw);
    return 0;
  },
};

/** `server/name city= [state=]  description`. */
function promptLine(prompt: Listed<Offers["prompts"]>): string {
  const wanted = (prompt.arguments ?? []).map(({ name, required }) => (required ? `${name}=` : `[${name}=]`));
  const call = [`${prompt.server}/${prompt.name}`, ...wanted].join(" ");
  return `${singleLine(call, LINE_COLUMNS)}  ${titleOf(prompt)}\n`;
}

function described({ description }: GetPromptResult): object {
  return description === undefined ? {} : { description };
}

function messageText({ role, content }: GetPromptResult["messages"][number]): string {
  return `${role}: ${describeBlock(content)}`;
}
