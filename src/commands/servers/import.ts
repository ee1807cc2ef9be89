/** `mcpchat servers import`: takes servers over from the file of another program. */
import { resolve } from "node:path";
import type { World } from "../../app/world.ts";
import { addServer, type Edited, removeServer, serversIn } from "../../config/edit/edit.ts";
import { type Place, PROGRAMS, placeOf, places } from "../../config/import/places.ts";
import { serverLine } from "../../config/review.ts";
import { ConfigurationError, UsageError } from "../../lib/errors.ts";
import { nearest } from "../../lib/nearest.ts";
import { singleLine } from "../../lib/text-layout.ts";
import { streamKind } from "../../terminal/stream-kind.ts";
import { type Command, worldOf } from "../command.ts";
import { confirm } from "../confirm.ts";
import { COMMON_OPTIONS } from "../options.ts";
import { parseOptions } from "../parse.ts";
import { print, printJson } from "../print.ts";
import { FILE_OPTIONS, openServersFile, type ServersFile } from "./file.ts";
import { type Candidate, candidatesAt } from "./import-candidates.ts";
import { JSON_OPTION, tellingJson, withoutSecrets } from "./shared.ts";

const OPTIONS = {
  from: { type: "string", valueHint: "PROGRAM", description: `Instead of a file: ${PROGRAMS.join(", ")}` },
  all: { type: "boolean", description: "All that the file has" },
  "dry-run": { type: "boolean", description: "Only show what would be taken" },
  yes: { type: "boolean", description: "Do not ask" },
  force: { type: "boolean", description: "Replace those that have the same name" },
  ...FILE_OPTIONS,
  json: JSON_OPTION,
  ...COMMON_OPTIONS,
} as const;

const USAGE = "mcpchat servers import FILE --all, or mcpchat servers import --from PROGRAM NAME...";
const NOTE_COLUMNS = 400;

export const importCommand: Command = {
  meta: { name: "import", description: "Take servers over from Claude, VS Code, Cursor and others" },
  args: {
    ...OPTIONS,
    file: { type: "positional", required: false, description: "The other program's file, unless --from" },
    name: { type: "positional", required: false, description: "Only these servers" },
  },
  async run(context) {
    const { values, positionals } = parseOptions(context.rawArgs, OPTIONS);
    return tellingJson(values, async () => {
      const world = worldOf(context);
      const { sources, names } = meant(positionals, values.from, world);
      const opened = openServersFile(world, values);
      const found = await candidatesAt(sources, world, {
        present: serversIn(opened.text),
        force: values.force,
      });
      const chosen = choose(found, names, values.all ?? values["dry-run"] ?? false);
      const taken = chosen.filter((one) => one.state === "new" || one.state === "replaces");
      if (!values.json) await print(shown(chosen, opened.file));
      const isAgreed = !values["dry-run"] && taken.length > 0 && (await agreed(taken, opened, values, world));
      if (isAgreed) await take(opened, taken);
      if (values.json)
        await printJson({ file: opened.file, written: isAgreed, servers: chosen.map(candidateJson) });
      else if (isAgreed)
        await print(`added to ${opened.file}: ${taken.map(({ name }) => name).join(", ")}\n`);
      return 0;
    });
  },
};

/** The files to read, and the servers that are named. Throws UsageError. */
function meant(
  words: readonly string[],
  from: string | undefined,
  { env, cwd }: World,
): { sources: Place[]; names: readonly string[] } {
  if (from === undefined) {
    const [file, ...names] = words;
    if (file === undefined) throw new UsageError("which file, or program?", USAGE);
    return { sources: [placeOf(resolve(cwd, file))], names };
  }
  if (!PROGRAMS.includes(from)) {
    const close = nearest(from, PROGRAMS);
    throw new UsageError(
      `--from ${from} is not known`,
      close ? `did you mean ${close}?` : `known are ${PROGRAMS.join(", ")}`,
    );
  }
  const all = places({ env, cwd, platform: process.platform });
  return { sources: all.filter(({ program }) => program === from), names: words };
}

/** Throws UsageError, and ConfigurationError when one that is named cannot be taken. */
function choose(found: readonly Candidate[], names: readonly string[], all: boolean): readonly Candidate[] {
  const known = found.map(({ name }) => name);
  if (found.length === 0)
    throw new ConfigurationError("no server was found there", "see mcpchat servers discover");
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const close = nearest(unknown, known);
    throw new UsageError(
      `there is no server ${unknown}`,
      close ? `did you mean ${close}?` : `there are ${known.join(", ")}`,
    );
  }
  const named = found.filter(({ name }) => names.includes(name));
  for (const { name, state, line } of named) {
    if (state === "impossible") throw new ConfigurationError(`server ${name} ${line}`);
    if (state === "present") throw present(name);
  }
  if (named.length > 0) return named;
  if (all || found.length < 2) return found;
  throw new UsageError(`there are ${known.join(", ")}`, "name those that you want, or take --all");
}

function present(name: string): UsageError {
  return new UsageError(`there is a server ${name} already`, "replace it with --force");
}

async function agreed(
  taken: readonly Candidate[],
  { file }: ServersFile,
  values: { yes?: boolean },
  { signal }: World,
): Promise<boolean> {
  if (values.yes) return true;
  const what = taken.length === 1 ? "this server" : `these ${taken.length} servers`;
  return confirm(`Add ${what} to ${singleLine(file, NOTE_COLUMNS)}?`, signal);
}

async function take(opened: ServersFile, taken: readonly Candidate[]): Promise<void> {
  await opened.edit((text) => {
    let changed = text;
    for (const candidate of taken) {
      const edited = withCandidate(changed, candidate);
      if ("line" in edited) return edited;
      changed = edited.text;
    }
    return { text: changed };
  });
}

function withCandidate(text: string, { name, server, state }: Candidate): Edited {
  // While the question stood somebody else may have taken the name.
  if (state === "new" && Object.hasOwn(serversIn(text), name)) throw present(name);
  const rest = state === "replaces" ? removeServer(text, name) : { text };
  return "line" in rest || !server ? rest : addServer(rest.text, name, server);
}

function shown(candidates: readonly Candidate[], file: string): string {
  // A person has to see the whole command; what is not a terminal may be a log.
  const isWhole = streamKind(1) === "terminal";
  const lines = candidates.flatMap(({ name, server, line, notes, state }) => [
    `${name}: ${server && !isWhole ? serverLine({ ...withoutSecrets(server) }) : line}`,
    ...notes.map((note) => `  ${note}`),
    ...(state === "present" ? [`  there is one of that name in ${file} already; --force replaces it`] : []),
    ...(state === "same" ? ["  it is there already"] : []),
  ]);
  return lines.map((line) => `${line}\n`).join("");
}

function candidateJson({ name, source, state, server, line, notes }: Candidate): object {
  return { name, source, state, ...(server ? { server: withoutSecrets(server) } : { problem: line }), notes };
}
