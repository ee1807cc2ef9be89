/** Where other programs keep their MCP servers. Pure, but for looking upward for a project's files. */
import path from "node:path";
import type { Environment } from "../paths.ts";
import { folderWith, PROJECT_SERVERS_FILE } from "../project-folder.ts";

/** How a file names its servers. */
type Form = "json" | "claude-code" | "gemini" | "codex";

export interface Place {
  /** The word for `--from`. */
  program: string;
  title: string;
  file: string;
  form: Form;
  /** Of the project that the file belongs to. */
  folder?: string;
}

export interface Surroundings {
  env: Environment;
  platform: NodeJS.Platform;
  cwd: string;
}

const TITLES: Readonly<Record<string, string>> = {
  "claude-desktop": "Claude Desktop",
  "claude-code": "Claude Code",
  vscode: "VS Code",
  cursor: "Cursor",
  windsurf: "Windsurf",
  gemini: "Gemini CLI",
  codex: "Codex",
};

/** The programs whose files are known. */
export const PROGRAMS: readonly string[] = Object.keys(TITLES);

/** Every file that may be there, those of the user first. */
export function places(surroundings: Surroundings): Place[] {
  return [...userPlaces(surroundings), ...projectPlaces(surroundings.cwd)];
}

function userPlaces({ env, platform }: Surroundings): Place[] {
  const home = env.HOME || env.USERPROFILE;
  if (!home) return [];
  const settings = settingsFolder(home, env, platform);
  return [
    place("claude-desktop", path.join(settings, "Claude", "claude_desktop_config.json")),
    place("claude-code", path.join(home, ".claude.json"), { form: "claude-code" }),
    place("vscode", path.join(settings, "Code", "User", "mcp.json")),
    place("cursor", path.join(home, ".cursor", "mcp.json")),
    place("windsurf", path.join(home, ".codeium", "windsurf", "mcp_config.json")),
    place("gemini", path.join(home, ".gemini", "settings.json"), { form: "gemini" }),
    place("codex", path.join(env.CODEX_HOME || path.join(home, ".codex"), "config.toml"), { form: "codex" }),
  ];
}

function settingsFolder(home: string, env: Environment, platform: NodeJS.Platform): string {
  if (platform === "darwin") return path.join(home, "Library", "Application Support");
  if (platform === "win32") return env.APPDATA || path.join(home, "AppData", "Roaming");
  return env.XDG_CONFIG_HOME?.startsWith("/") ? env.XDG_CONFIG_HOME : path.join(home, ".config");
}

function projectPlaces(cwd: string): Place[] {
  const files: readonly (readonly [string, string, Form])[] = [
    ["claude-code", PROJECT_SERVERS_FILE, "json"],
    ["vscode", path.join(".vscode", "mcp.json"), "json"],
    ["cursor", path.join(".cursor", "mcp.json"), "json"],
    ["gemini", path.join(".gemini", "settings.json"), "gemini"],
  ];
  return files.flatMap(([program, name, form]) => {
    const folder = folderWith(name, cwd);
    return folder === undefined ? [] : [place(program, path.join(folder, name), { form, folder })];
  });
}

/** The place of a file that the user names. */
export function placeOf(file: string): Place {
  if (file.endsWith(".toml")) return place("codex", file, { form: "codex" });
  if (path.basename(file) === ".claude.json") return place("claude-code", file, { form: "claude-code" });
  const folder = path.dirname(file);
  const isInside = [".vscode", ".cursor", ".gemini"].includes(path.basename(folder));
  return {
    program: "file",
    title: path.basename(file),
    file,
    form: "json",
    folder: isInside ? path.dirname(folder) : folder,
  };
}

function place(program: string, file: string, more: { form?: Form; folder?: string } = {}): Place {
  return { program, title: TITLES[program] ?? program, file, form: "json", ...more };
}
