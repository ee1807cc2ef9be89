import { passesFilter } from "../../../lib/glob.ts";
import type { ServerConfig } from "../config.ts";
import type { CatalogueTool } from "../port.ts";
import { qualifiedNames, toolKey } from "./naming.ts";
import type { ToolDescription } from "./tools.ts";

export interface Catalogue {
  tools: CatalogueTool[];
  /** What servers have changed, and what is not offered for that, by qualified name. */
  setAside: ReadonlyMap<string, CatalogueTool>;
}

export interface Listed {
  config: ServerConfig;
  tools: readonly ToolDescription[];
  setAside: readonly ToolDescription[];
}

/** The tools of all servers that their filters let through, each under its qualified name. */
export function buildCatalogue(servers: readonly Listed[]): Catalogue {
  const passing = ({ config }: Listed, list: readonly ToolDescription[]) =>
    list
      .filter((tool) => passesFilter(tool.name, config.tools))
      .map((tool) => ({ ...tool, server: config.name }));
  const tools = servers.flatMap((server) => passing(server, server.tools));
  const setAside = servers.flatMap((server) => passing(server, server.setAside));
  // A tool that is set aside keeps its name, so that no other is called by it.
  const names = qualifiedNames([...tools, ...setAside]);
  const named = (tool: (typeof tools)[number]): CatalogueTool => ({
    ...tool,
    qualifiedName: names.get(toolKey(tool)) ?? tool.name,
  });
  return {
    tools: tools.map(named),
    setAside: new Map(setAside.map(named).map((tool) => [tool.qualifiedName, tool])),
  };
}
