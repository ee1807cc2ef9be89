// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are variables of the configuration.
/** A server as a command line describes it. */
import { resolve } from "node:path";
import { literalDollars } from "../../config/expand.ts";
import { NAME_FORM } from "../../config/forms.ts";
import type { RawServer } from "../../config/schema.ts";
import { UsageError } from "../../lib/errors.ts";

interface ServerValues {
  env?: string[];
  cwd?: string;
  root?: string[];
  transport?: string;
  header?: string[];
  trusted?: boolean;
  "tool-allow"?: string[];
  project?: boolean;
}

const USAGE = "mcpchat servers add NAME -- COMMAND ARGS..., or mcpchat servers add NAME URL";
const ADDRESS = /^https?:\/\//;
const ADDRESSES = "use one that begins with http:// or https://";

/** What stands before the first `--`, and what behind it; nothing at all if there is none. */
export function splitAtDashes(rawArgs: readonly string[]): { before: string[]; command?: string[] } {
  const dashes = rawArgs.indexOf("--");
  if (dashes === -1) return { before: [...rawArgs] };
  return { before: rawArgs.slice(0, dashes), command: rawArgs.slice(dashes + 1) };
}

/** The server and its name. Relative folders are those of `cwd`. Throws UsageError. */
export function serverFromWords(
  words: readonly string[],
  command: readonly string[] | undefined,
  values: ServerValues,
  cwd: string,
): { name: string; server: RawServer } {
  const [name, url, ...more] = words;
  if (name === undefined) throw new UsageError("what is the server called?", USAGE);
  if (!NAME_FORM.pattern.test(name)) {
    throw new UsageError(`${name} is no name for a server`, `use ${NAME_FORM.what}`);
  }
  if (url !== undefined && !ADDRESS.test(url)) {
    if (/^\w+:\/\//.test(url)) throw new UsageError(`${url} is no address for a server`, ADDRESSES);
    const line = [name, "--", url, ...more, ...(command ?? [])].join(" ");
    throw new UsageError(`${url} is no address; a command stands behind --`, `mcpchat servers add ${line}`);
  }
  if (more[0] !== undefined) throw new UsageError(`unexpected argument ${more[0]}`, USAGE);
  if (url !== undefined && command)
    throw new UsageError("a server has either a command or an address", USAGE);
  const reach = url === undefined ? localServer(command, values, cwd) : remoteServer(url, values);
  const roots = values.root?.map((folder) => folderOf(folder, values.project ? undefined : cwd));
  return { name, server: { ...reach, ...(roots && { roots }), ...permissions(values) } };
}

function localServer(command: readonly string[] | undefined, values: ServerValues, cwd: string): RawServer {
  const [program, ...args] = command ?? [];
  if (program === undefined || program === "")
    throw new UsageError("what is its command, or its address?", USAGE);
  if (values.header) throw new UsageError("--header is for an address, not for a command");
  if (values.transport !== undefined && values.transport !== "stdio") {
    throw new UsageError("--transport is for an address, not for a command");
  }
  const env = pairs("env", values.env, /^([^=]+)=(.*)$/s, "KEY=VALUE");
  return {
    command: literalDollars(program),
    ...(args.length > 0 && { args: args.map(literalDollars) }),
    ...(env && { env }),
    ...(values.cwd !== undefined && { cwd: folderOf(values.cwd, values.project ? undefined : cwd) }),
  };
}

function remoteServer(url: string, values: ServerValues): RawServer {
  const { transport = "http" } = values;
  if (transport !== "http" && transport !== "sse") throw new UsageError("--transport should be http or sse");
  if (values.env) throw new UsageError("--env is for a command, not for an address");
  if (values.cwd !== undefined) throw new UsageError("--cwd is for a command, not for an address");
  // What holds a variable is looked at when it is used.
  if (!url.includes("${") && !URL.canParse(url)) throw new UsageError(`${url} is no address`, USAGE);
  const headers = pairs("header", values.header, /^([^:]+):\s*(.*)$/s, "'NAME: VALUE'");
  return {
    url: literalDollars(url),
    ...(transport === "sse" && { transport }),
    ...(headers && { headers }),
  };
}

function permissions(values: ServerValues): RawServer {
  const allow = values["tool-allow"];
  return { ...(values.trusted && { trusted: true }), ...(allow && { tools: { allow } }) };
}

function pairs(
  option: string,
  given: readonly string[] | undefined,
  form: RegExp,
  what: string,
): Record<string, string> | undefined {
  if (!given) return undefined;
  const entries = given.map((text) => {
    const [, name, value] = form.exec(text) ?? [];
    // A value may be a secret, so that it is not shown.
    if (name === undefined || value === undefined) throw new UsageError(`--${option} takes ${what}`);
    if (option === "header" && /[\r\n\0]/.test(text))
      throw new UsageError(`--header ${name.trim()} has a line break`, "a header is one line");
    return [name.trim(), literalDollars(value)];
  });
  return Object.fromEntries(entries);
}

/** The user's file serves every folder, so that a relative path would be another one in each. */
function folderOf(folder: string, cwd: string | undefined): string {
  if (cwd === undefined || folder.includes("${")) return literalDollars(folder);
  return literalDollars(resolve(cwd, folder));
}
