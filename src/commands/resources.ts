/** `mcpchat resources list|read|watch|complete`: what servers have to read. */

import { singleLine } from "../lib/text-layout.ts";
import type { Listed, Offers } from "../mcp/client/content/port.ts";
import type { Command } from "./command.ts";
import {
  ADDRESS_COLUMNS,
  LINE_COLUMNS,
  LIST_OPTIONS,
  listAll,
  listedJson,
  titleOf,
} from "./content/common.ts";
import { completeTemplateCommand } from "./content/complete.ts";
import { COMMON_OPTIONS } from "./options.ts";
import { parseOptions } from "./parse.ts";
import { print, printJson } from "./print.ts";

const OPTIONS = {
  templates: { type: "boolean", description: "List templates of addresses instead" },
  ...LIST_OPTIONS,
} as const;

export const resourcesCommand: Command = {
  meta: { name: "resources", description: "List, read and watch the resources of MCP servers" },
  args: COMMON_OPTIONS,
  subCommands: new Map([
    ["list", async () => listCommand],
    ["read", async () => (await import("./content/resources-read.ts")).readCommand],
    ["watch", async () => (await import("./content/resources-watch.ts")).watchCommand],
    ["complete", async () => completeTemplateCommand],
  ]),
};

const listCommand: Command = {
  meta: { name: "list", description: "List the resources of the MCP servers" },
  args: OPTIONS,
  async run(context) {
    const { values } = parseOptions(context.rawArgs, OPTIONS, 0);
    if (values.templates) {
      const templates = await listAll(context, values, "templates");
      if (values.json) await printJson(templates.map((template) => listedJson(template)));
      else await print(templates.map((template) => line(template, template.uriTemplate)).join(""));
      return 0;
    }
    const resources = await listAll(context, values, "resources");
    if (values.json) await printJson(resources.map((resource) => listedJson(resource)));
    else await print(resources.map((resource) => line(resource, resource.uri)).join(""));
    return 0;
  },
};

function line(item: Listed<Offers["resources" | "templates"]>, address: string): string {
  const where = `${singleLine(item.server, LINE_COLUMNS)} ${singleLine(address, ADDRESS_COLUMNS)}`;
  return `${where}  ${titleOf(item)}\n`;
}
