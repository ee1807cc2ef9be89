/** What `mcpchat servers test` says of a server. */
import { singleLine } from "../../lib/text-layout.ts";
import type { Finding } from "./test-run.ts";

const LINE_COLUMNS = 300;
/** Revisions are dates, and this is the first of those without a session. */
const FIRST_MODERN = "2026-07-28";

/** A block of lines, harmless to a terminal. */
export function findingText(finding: Finding): string {
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
