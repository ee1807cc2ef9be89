/**
 * The rules of ARCHITECTURE.md as plain functions from source text to complaints.
 */
import { dirname, join } from "node:path/posix";

/** A file below src/, its path written with slashes and without `src/`. */
export interface SourceFile {
  path: string;
  text: string;
}

/** Levels from the top; a file imports from its own folder and from levels below its own. */
const LEVELS: readonly (readonly string[])[] = [
  ["main.ts"],
  ["cli.ts"],
  ["commands"],
  ["app"],
  ["chat"],
  ["terminal", "session", "alias", "llm", "models", "mcp", "pricing", "attachments"],
  ["config"],
  ["supervisor", "process", "resilience"],
  ["lib"],
];

/** Pairs that may break the rule that folders on one level do not import each other. */
const EXCEPTIONS: ReadonlySet<string> = new Set(["llm/local -> models"]);

/** Too slow to load before something needs them: a fast path must not reach one statically. */
export const HEAVY_PACKAGES = [
  "zod",
  "openai",
  "@anthropic-ai/sdk",
  "@modelcontextprotocol/client",
  "@modelcontextprotocol/core",
  "consola",
  "@pydantic/genai-prices",
];

function levelOf(folder: string): number {
  return LEVELS.findIndex((level) => level.includes(folder));
}

function topFolder(path: string): string {
  return path.split("/")[0] ?? path;
}

/** `llm/openai/client.ts` -> `llm/openai`; undefined for a file that lies directly in a top folder. */
function subfolder(path: string): string | undefined {
  const parts = path.split("/");
  return parts.length > 2 ? parts.slice(0, 2).join("/") : undefined;
}

/** Everything a file names after `from` or inside `import()`, type-only imports included. */
export function importedNames(text: string): string[] {
  const pattern = /^(?:import|export)\b[^;"]*?from "([^"]+)"|^import "([^"]+)"|\bimport\("([^"]+)"\)/gm;
  return [...text.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
}

function complaintAbout(from: string, to: string): string | undefined {
  const [source, target] = [topFolder(from), topFolder(to)];
  if (source === target) {
    const [sub, otherSub] = [subfolder(from), subfolder(to)];
    return sub && otherSub && sub !== otherSub ? "folders side by side do not import each other" : undefined;
  }
  if (source === "supervisor") return "supervisor/ imports nothing of the project";
  if (levelOf(target) > levelOf(source)) return undefined;
  if (EXCEPTIONS.has(`${subfolder(from)} -> ${target}`)) return undefined;
  return levelOf(target) === levelOf(source)
    ? "folders on one level do not import each other"
    : "imports go down, never up";
}

/** Complaints about the direction and the form of a file's imports. */
export function importComplaints({ path, text }: SourceFile): string[] {
  if (levelOf(topFolder(path)) < 0)
    return [`${path}: ${topFolder(path)} has no place among the folders of src/`];
  return importedNames(text)
    .filter((name) => name.startsWith("."))
    .flatMap((name) => {
      if (!/\.(ts|json)$/.test(name)) return [`${path}: "${name}" lacks its .ts ending`];
      const target = join(dirname(path), name);
      const complaint = target.startsWith("..") ? undefined : complaintAbout(path, target);
      return complaint ? [`${path}: imports ${target}; ${complaint}`] : [];
    });
}

/** Complaints about words that the house style does not use. */
export function wordComplaints({ path, text }: SourceFile): string[] {
  const complaints: string[] = [];
  if (/(^|[/-])(utils?|helpers?|misc)([/.-]|$)/.test(path))
    complaints.push(`${path}: a name that says nothing`);
  if (/\b(TODO|FIXME|XXX)\b/.test(text))
    complaints.push(`${path}: unfinished work is an issue, not a comment`);
  if (path !== "main.ts" && /\bprocess\.exit\(/.test(text)) complaints.push(`${path}: only main.ts may exit`);
  return complaints;
}

const ASSERTION = /[\w)\]}] as (?!const\b)(?:unknown|string|number|typeof|keyof|[A-Z[{(])/;

/** Complaints about type assertions that have no comment beside them or up to two lines above. */
export function assertionComplaints({ path, text }: SourceFile): string[] {
  const lines = text.split("\n");
  return lines.flatMap((line, index) => {
    const code = line.replace(/"(?:\\.|[^"\\])*"/g, '""').replace(/\/\/.*/, "");
    if (/^\s*(\*|\/\*|import\b|export \{|[\w, {}]*\} from)/.test(line) || !ASSERTION.test(code)) return [];
    const explained = lines
      .slice(Math.max(0, index - 2), index + 1)
      .some((near) => /\/\/|\/\*|\*\//.test(near));
    return explained ? [] : [`${path}:${index + 1}: an assertion without a reason beside it`];
  });
}
