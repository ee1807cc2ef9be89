/** `mcpchat servers test`: starts servers for real, and says how far each has come. */
import { basename } from "node:path";
import { NAME_FORM } from "../../config/forms.ts";
import type { RawConfiguration } from "../../config/schema.ts";
import { ServerNotReadyError, UsageError } from "../../lib/errors.ts";
import { openNotices } from "../../terminal/notices.ts";
import { type Command, worldOf } from "../command.ts";
import { COMMON_OPTIONS } from "../options.ts";
import { numberOption, parseOptions } from "../parse.ts";
import { print, printJson } from "../print.ts";
import { withApp } from "../with-app.ts";
import { serverFromWords, splitAtDashes } from "./add-words.ts";
import { JSON_OPTION, tellingJson } from "./shared.ts";
import { type Finding, testAll } from "./test-run.ts";
import { findingText } from "./test-text.ts";

const OPTIONS = {
  wait: { type: "string", valueHint: "SECONDS", description: "Longest wait for a server (30)" },
  transport: { type: "string", valueHint: "http|sse", description: "How a URL is spoken to (http)" },
  json: JSON_OPTION,
  ...COMMON_OPTIONS,
} as const;

/** One more try tells whether a server takes the other era of the protocol; more only tell the same again. */
const SUPERVISOR = { max_restarts: 1 };
const ADD_FIRST = "add it first: mcpchat servers add NAME URL, then mcpchat servers login NAME";

export const testCommand: Command = {
  meta: { name: "test", description: "Start servers for real, and say what they are and what they offer" },
  args: {
    ...OPTIONS,
    server: {
      type: "positional",
      required: false,
      description: "Names (all if none); or a URL, or -- COMMAND ARGS...",
    },
  },
  async run(context) {
    const { before, command } = splitAtDashes(context.rawArgs);
    const { values, positionals } = parseOptions(before, OPTIONS);
    const waitSeconds = numberOption("wait", values.wait);
    const { names, overrides } = await tellingJson(values, () =>
      wanted(positionals, command, values, worldOf(context).cwd),
    );
    const tell = openNotices({ ...values, verbose: true });
    const tested = await withApp(
      context,
      { ...values, overrides: { ...overrides, supervisor: SUPERVISOR } },
      (app) => testAll(app, names, waitSeconds, (line) => tell("info", line)),
    );
    const findings = overrides.mcp ? tested.map(asUnnamed) : tested;
    await (values.json ? printJson(findings) : print(findings.map(findingText).join("")));
    const failed = findings.filter(({ ok }) => !ok).map(({ name }) => name);
    if (failed.length > 0) throw new ServerNotReadyError(`not ready: ${failed.join(", ")}`);
    return 0;
  },
};

/** The servers that are meant; one that is described by the command line is put into the configuration for this run. */
function wanted(
  words: readonly string[],
  command: readonly string[] | undefined,
  { transport }: { transport?: string },
  cwd: string,
): { names: string[]; overrides: RawConfiguration } {
  const [first, ...more] = words;
  const isAddress = first !== undefined && /^https?:\/\//.test(first) && URL.canParse(first);
  if (!command && !isAddress) {
    if (transport !== undefined) throw new UsageError("--transport is for a URL");
    return { names: [...new Set(words)], overrides: {} };
  }
  if (command && first !== undefined)
    throw new UsageError(`unexpected argument ${first}`, "a command stands alone");
  if (more[0] !== undefined)
    throw new UsageError(`unexpected argument ${more[0]}`, "an address stands alone");
  const name = nameFor(command?.[0] ?? new URL(first ?? "").hostname);
  const { server } = serverFromWords(
    [name, ...words],
    command,
    transport === undefined ? {} : { transport },
    cwd,
  );
  return { names: [name], overrides: { mcp: { servers: { [name]: server } } } };
}

/** Advice about the configuration, for a server that is none of it. */
function asUnnamed(finding: Finding): Finding {
  if (finding.error === undefined) return finding;
  const error = finding.error
    .replace(`run: mcpchat servers login ${finding.name}`, ADD_FIRST)
    .replace('set transport = "sse"', "use --transport sse")
    .replace('leave out transport = "sse"', "leave out --transport sse");
  return { ...finding, error };
}

/** What a server that is none of the configuration is called. */
function nameFor(program: string): string {
  const name = basename(program)
    .replaceAll(/[^a-zA-Z0-9_.-]/g, "")
    .slice(0, 64);
  return NAME_FORM.pattern.test(name) ? name : "server";
}
