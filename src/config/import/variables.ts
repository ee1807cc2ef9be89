/** MCP servers that the environment names: `X_MCP_SERVER`, a command line or an address, and `X_SERVER_URL`. Pure. */
import { literalDollars } from "../expand.ts";
import type { Environment } from "../paths.ts";
import type { RawServer } from "../schema.ts";

export interface NamedServer {
  name: string;
  variable: string;
  server: RawServer;
}

const VARIABLE = /^([A-Za-z0-9][A-Za-z0-9_]*?)_(?:MCP_SERVER|MCP_SERVER_URL|SERVER_URL)$/;
/** A word of a command line: bare, or with parts in quotes. */
const WORD = /(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/g;

export function serversOfVariables(env: Environment): NamedServer[] {
  return Object.entries(env)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([variable, value = ""]) => {
      const name = VARIABLE.exec(variable)?.[1]?.toLowerCase().replaceAll("_", "-");
      const server = name === undefined ? undefined : serverFrom(value.trim(), variable.endsWith("_URL"));
      return name !== undefined && server ? [{ name, variable, server }] : [];
    });
}

function serverFrom(value: string, isAddressOnly: boolean): RawServer | undefined {
  if (/^https?:\/\//.test(value)) return URL.canParse(value) ? { url: literalDollars(value) } : undefined;
  if (isAddressOnly) return undefined;
  const [command, ...args] = wordsOf(value).map(literalDollars);
  return command ? { command, ...(args.length > 0 && { args }) } : undefined;
}

/** As a shell splits them, but for what only a shell would expand. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(WORD)].map(([word]) =>
    word.replace(/\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/g, (_match, escaped, double, single) => {
      if (double !== undefined) return String(double).replace(/\\(["\\$`])/g, "$1");
      return String(escaped ?? single);
    }),
  );
}
