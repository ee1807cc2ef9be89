/** `mcpchat models rm`: takes models away, after a question where there is somebody to ask. */
import { UsageError } from "../lib/errors.ts";
import { formatBytes } from "../lib/text-amount.ts";
import { singleLine } from "../lib/text-layout.ts";
import type { Removal } from "../models/folder/find.ts";
import { streamKind } from "../terminal/stream-kind.ts";
import { type Command, worldOf } from "./command.ts";
import { bareName, JSON_OPTIONS, modelsFolder, PROVIDER } from "./models-common.ts";
import { parseOptions } from "./parse.ts";
import { printJson } from "./print.ts";
import { withApp } from "./with-app.ts";

const OPTIONS = {
  yes: { type: "boolean", description: "Do not ask" },
  ...JSON_OPTIONS,
} as const;

export const removeCommand: Command = {
  meta: { name: "rm", description: "Remove models, and what is left of unfinished ones, for good" },
  args: { ...OPTIONS, name: { type: "positional", required: false, description: "Which ones" } },
  async run(context) {
    const { values, positionals } = parseOptions(context.rawArgs, OPTIONS);
    if (positionals.length === 0) throw new UsageError("models rm needs a name", "see mcpchat models list");
    const { planRemoval, removeModel } = await import("../models/folder/find.ts");
    const removed = await withApp(context, values, async (app) => {
      const folder = await modelsFolder(app, worldOf(context).env);
      const removals = distinct(
        positionals.map((name) => planNamed(name, () => planRemoval(folder, bareName(name)))),
      );
      if (!(values.yes || (await confirm(removals, app.signal)))) return [];
      for (const removal of removals) removeModel(removal);
      return removals;
    });
    if (values.json) await printJson({ removed: removed.map(({ name, bytes }) => ({ name, bytes })) });
    return 0;
  },
};

/** What several names mean is removed once. */
function distinct(removals: readonly Removal[]): Removal[] {
  return [...new Map(removals.map((removal) => [removal.files.join("\0"), removal])).values()];
}

/** What `plan` says of a name, unless an option was taken for one: behind `--` all words are names. */
function planNamed(name: string, plan: () => Removal): Removal {
  try {
    return plan();
  } catch (error) {
    if (!isOption(name)) throw error;
    throw new UsageError(
      `there is no model ${name}: behind -- everything is a name`,
      `write ${name} before --`,
    );
  }
}

function isOption(word: string): boolean {
  return Object.entries(OPTIONS).some(
    ([name, option]) => word === `--${name}` || ("alias" in option && word === `-${option.alias}`),
  );
}

/** Throws UsageError where nobody can be asked. */
async function confirm(removals: readonly Removal[], signal: AbortSignal): Promise<boolean> {
  if (streamKind(0) !== "terminal" || streamKind(2) !== "terminal")
    throw new UsageError("nobody is here to be asked", "use --yes to remove without a question");
  const { openLineEditor } = await import("../terminal/line-editor.ts");
  const editor = openLineEditor({ history: { load: () => [], add: () => {} }, output: process.stderr });
  try {
    const what = removals.map(describe).join(", ");
    const key = await editor.key(`Remove ${what}? [y]es, [n]o? `, "yn", signal);
    return key === "y";
  } finally {
    editor.close();
  }
}

function describe({ name, bytes, whole }: Removal): string {
  const unfinished = whole ? "" : "unfinished, ";
  return `${singleLine(`${PROVIDER}/${name}`, 100)} (${unfinished}${formatBytes(bytes)})`;
}
