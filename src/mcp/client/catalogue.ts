import { passesFilter } from "../../lib/glob.ts";
import type { ServerConfig } from "./config.ts";
import { qualifiedNames, toolKey } from "./naming.ts";
import type { CatalogueTool } from "./port.ts";
import type { ToolDescription } from "./tools.ts";

/** The tools of all servers that their filters let through, each under its qualified name. */
export function buildCatalogue(
  servers: readonly { config: ServerConfig; tools: readonly ToolDescription[] }[],
): CatalogueTool[] {
  const tools = servers.flatMap(({ config, tools: list }) =>
    list
      .filter((tool) => passesFilter(tool.name, config.tools))
      .map((tool) => ({ ...tool, server: config.name })),
  );
  const names = qualifiedNames(tools);
  return tools.map((tool) => ({ ...tool, qualifiedName: names.get(toolKey(tool)) ?? tool.name }));
}
