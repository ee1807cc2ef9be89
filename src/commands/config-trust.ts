/** `mcpchat config trust`: shows what a folder's project files may start, and uses them from now on. */
import { join, resolve } from "node:path";
import { exclusively } from "../config/exclusive.ts";
import { pathsFor } from "../config/paths.ts";
import { projectTexts } from "../config/project.ts";
import {
  PROJECT_FILE,
  PROJECT_SERVERS_FILE,
  type ProjectTexts,
  trustProjectFolder,
} from "../config/project-folder.ts";
import { type Command, worldOf } from "./command.ts";
import { confirm } from "./confirm.ts";
import { COMMON_OPTIONS } from "./options.ts";
import { parseOptions } from "./parse.ts";
import { print } from "./print.ts";

const OPTIONS = {
  yes: { type: "boolean", description: "Do not ask" },
  ...COMMON_OPTIONS,
} as const;

/** A project's file, and a line for each thing that it may start or reach. */
interface Review {
  file: string;
  lines: string[];
}

export const trustCommand: Command = {
  meta: { name: "trust", description: "Use the project files of this folder from now on" },
  args: { ...OPTIONS, folder: { type: "positional", required: false } },
  async run(context) {
    const { values, positionals } = parseOptions(context.rawArgs, OPTIONS, 1);
    const { env, cwd, signal } = worldOf(context);
    const folder = resolve(cwd, positionals[0] ?? ".");
    const texts = projectTexts(folder);
    const reviews = await review(folder, texts);
    const isAsked = !values.yes;
    if (isAsked) {
      await print(reviews.map((one) => shown("as it is now", one)).join(""));
      const what = reviews.length === 1 ? "this file" : "these files";
      if (!(await confirm(`Use ${what} from now on?`, signal))) return 0;
    }
    // The very texts that were shown: the files may be others by now.
    const { trustFile } = pathsFor(env, process.platform);
    await exclusively(trustFile, signal, () => trustProjectFolder(trustFile, folder, texts));
    const told = isAsked ? reviews.map(({ file }) => ({ file, lines: [] })) : reviews;
    await print(told.map((one) => shown("trusted as it is now", one)).join(""));
    return 0;
  },
};

async function review(folder: string, { toml, json }: ProjectTexts): Promise<Review[]> {
  const { reviewProject, reviewServers } = await import("../config/review.ts");
  const tomlFile = join(folder, PROJECT_FILE);
  const jsonFile = join(folder, PROJECT_SERVERS_FILE);
  return [
    ...(toml === undefined ? [] : [{ file: tomlFile, lines: reviewProject(tomlFile, toml) }]),
    ...(json === undefined ? [] : [{ file: jsonFile, lines: reviewServers(jsonFile, json) }]),
  ];
}

function shown(what: string, { file, lines }: Review): string {
  return [`${what}: ${file}`, ...lines.map((line) => `  ${line}`)].map((line) => `${line}\n`).join("");
}
