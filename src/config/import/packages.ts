/** MCP servers that npm has installed. Looks at files, and starts nothing. */
import fs from "node:fs";
import path from "node:path";
import { readTextFile } from "../../lib/file.ts";
import { fieldsOf } from "../mcp-json.ts";
import { folderWith } from "../project-folder.ts";
import type { RawServer } from "../schema.ts";
import type { Surroundings } from "./places.ts";

export interface InstalledServer {
  /** What it may be called. */
  name: string;
  /** The package, with its version. */
  title: string;
  /** The folder of the package. */
  folder: string;
  server: RawServer;
}

const LARGEST_PACKAGE_BYTES = 1024 * 1024;

/** The servers in the global folders of packages, and in the nearest one of this folder or above. */
export function installedServers(surroundings: Surroundings): InstalledServer[] {
  const found = new Map<string, InstalledServer>();
  for (const folder of packageFolders(surroundings)) {
    for (const server of serversIn(folder)) if (!found.has(server.title)) found.set(server.title, server);
  }
  return [...found.values()];
}

function packageFolders({ env, platform, cwd }: Surroundings): Set<string> {
  const nearest = folderWith("node_modules", cwd);
  const home = env.HOME || env.USERPROFILE;
  const prefixes = [env.NPM_CONFIG_PREFIX, env.npm_config_prefix, ...prefixesOfPath(env.PATH)];
  const all = [
    nearest && path.join(nearest, "node_modules"),
    ...prefixes.map((prefix) => prefix && path.join(prefix, "lib", "node_modules")),
    ...(env.NODE_PATH ?? "").split(path.delimiter),
    home && path.join(home, ".bun", "install", "global", "node_modules"),
    platform === "win32" && env.APPDATA ? path.join(env.APPDATA, "npm", "node_modules") : "",
  ];
  return new Set(all.filter((folder): folder is string => Boolean(folder)).map(real));
}

/** npm puts global packages beside the folder of programs in which node or npm is. */
function prefixesOfPath(searched = ""): string[] {
  return searched
    .split(path.delimiter)
    .filter((folder) => path.isAbsolute(folder))
    .flatMap((folder) => [path.dirname(folder), path.dirname(path.dirname(real(path.join(folder, "node"))))]);
}

function serversIn(folder: string): InstalledServer[] {
  return namesIn(folder).flatMap((name) => {
    const inner = name.startsWith("@")
      ? namesIn(path.join(folder, name)).map((one) => `${name}/${one}`)
      : [name];
    return inner.flatMap((one) => serverOf(path.join(folder, one)) ?? []);
  });
}

function namesIn(folder: string): string[] {
  try {
    return fs
      .readdirSync(folder)
      .filter((name) => !name.startsWith("."))
      .sort();
  } catch {
    return [];
  }
}

function serverOf(folder: string): InstalledServer | undefined {
  const description = descriptionIn(folder);
  const { name, version, keywords, mcpName } = description;
  if (typeof name !== "string") return undefined;
  const says = typeof mcpName === "string" || (Array.isArray(keywords) && keywords.includes("mcp-server"));
  const program =
    says || name.startsWith("@modelcontextprotocol/server-") ? programOf(name, description) : undefined;
  if (program === undefined) return undefined;
  return {
    name: shortName(name),
    title: typeof version === "string" ? `${name} ${version}` : name,
    folder,
    server: { command: "node", args: [path.join(folder, program)] },
  };
}

function descriptionIn(folder: string): Readonly<Record<string, unknown>> {
  try {
    return fieldsOf(JSON.parse(readTextFile(path.join(folder, "package.json"), LARGEST_PACKAGE_BYTES)));
  } catch {
    // What is no package, or a broken one, is none that can be started.
    return {};
  }
}

/** The file that it starts with: its only program, or the one that is called like it. */
function programOf(name: string, { bin }: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof bin === "string") return bin;
  const programs = fieldsOf(bin);
  const own = programs[name.split("/").at(-1) ?? ""] ?? Object.values(programs)[0];
  return typeof own === "string" ? own : undefined;
}

/** `@modelcontextprotocol/server-everything` is `everything` to its user. */
function shortName(name: string): string {
  const last = name.split("/").at(-1) ?? name;
  const short = last.replace(/^(?:mcp-)?(?:server-|mcp-)/, "").replace(/(?:-mcp)?-server$|-mcp$/, "");
  return short || last;
}

function real(folder: string): string {
  try {
    return fs.realpathSync(folder);
  } catch {
    return folder;
  }
}
