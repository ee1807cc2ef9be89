/** The servers of other programs' files, judged: which can be taken, and what is in the way of the others. */
import type { World } from "../../app/world.ts";
import type { Place } from "../../config/import/places.ts";
import { serversAt } from "../../config/import/read.ts";
import { type ForeignServer, lacksVariable } from "../../config/mcp-json.ts";
import { serverLine } from "../../config/review.ts";
import type { RawServer } from "../../config/schema.ts";
import { ConfigurationError } from "../../lib/errors.ts";
import { reveal } from "../../lib/text-reveal.ts";

export interface Candidate {
  name: string;
  /** The file that it is from. */
  source: string;
  /** `present`: another one has that name; `impossible`: it makes no sense here. */
  state: "new" | "replaces" | "same" | "present" | "impossible";
  /** As it is to be written. */
  server?: RawServer;
  /** The whole command or address, or why it cannot be taken; harmless to a terminal. */
  line: string;
  notes: string[];
}

interface Wish {
  /** The servers that are configured already, as the file says it. */
  present: Readonly<Record<string, unknown>>;
  force: boolean | undefined;
}

/** All of them, the first of each name. Throws ConfigurationError for a file that cannot be read, or if there is none. */
export async function candidatesAt(
  sources: readonly Place[],
  { env, cwd }: World,
  wish: Wish,
): Promise<Candidate[]> {
  const candidates = new Map<string, Candidate>();
  let isAnyThere = false;
  for (const place of sources) {
    const servers = serversAt(place, cwd);
    isAnyThere ||= servers !== undefined;
    for (const foreign of servers ?? []) {
      const candidate = await judged(foreign, place.file, env, wish);
      if (!candidates.has(candidate.name)) candidates.set(candidate.name, candidate);
    }
  }
  if (isAnyThere) return [...candidates.values()];
  throw new ConfigurationError(`${sources.map(({ file }) => file).join(", ")}: there is no such file`);
}

async function judged(
  { name, server, problem, notes }: ForeignServer,
  source: string,
  env: World["env"],
  { present, force }: Wish,
): Promise<Candidate> {
  const wrong = problem ?? (server && (await problemOf(name, server)));
  const shown = notes.map((note) => reveal(note).replaceAll("\n", " "));
  if (!server || wrong !== undefined) {
    const line = reveal(`cannot be taken: ${wrong}`).replaceAll("\n", " ");
    return { name, source, state: "impossible", line, notes: shown };
  }
  const lacks = server.enabled !== false && lacksVariable(server, env);
  if (lacks) shown.push("a variable that it names is not set: it is added disabled");
  const added = lacks ? { ...server, enabled: false } : server;
  return {
    name,
    source,
    state: stateOf(name, added),
    server: added,
    line: serverLine({ ...added }),
    notes: shown,
  };

  function stateOf(called: string, wanted: RawServer): Candidate["state"] {
    if (!Object.hasOwn(present, called)) return "new";
    if (Bun.deepEquals(present[called], wanted)) return "same";
    return force ? "replaces" : "present";
  }
}

/** What the schema has against it. */
async function problemOf(name: string, server: RawServer): Promise<string | undefined> {
  const { checkConfiguration } = await import("../../config/schema.ts");
  const checked = checkConfiguration({ mcp: { servers: { [name]: server } } });
  if (!("problems" in checked)) return undefined;
  const [first] = checked.problems;
  return `${first?.key.split(".").at(-1)} ${first?.text}`;
}
