/** `mcpchat models list`: what lies in the models folder. */
import { formatBytes } from "../lib/text-amount.ts";
import { singleLine } from "../lib/text-layout.ts";
import type { LocalModel, UnfinishedModel } from "../models/folder/scan.ts";
import { type Command, worldOf } from "./command.ts";
import { JSON_OPTIONS, modelsFolder, PROVIDER } from "./models-common.ts";
import { parseOptions } from "./parse.ts";
import { print, printJson } from "./print.ts";
import { withApp } from "./with-app.ts";

const NAME_COLUMNS = 100;

export const listCommand: Command = {
  meta: { name: "list", description: "List the models in the models folder" },
  args: JSON_OPTIONS,
  async run(context) {
    const { values } = parseOptions(context.rawArgs, JSON_OPTIONS, 0);
    const { scanFolder } = await import("../models/folder/scan.ts");
    const { models, unfinished } = await withApp(context, values, async (app, notify) => {
      const folder = await modelsFolder(app, worldOf(context).env);
      const listing = scanFolder(folder);
      const isEmpty = listing.models.length === 0 && listing.unfinished.length === 0;
      if (isEmpty) notify("info", `${folder} has no model; get one with mcpchat models pull`);
      return listing;
    });
    if (values.json)
      await printJson({ models: models.map(modelJson), unfinished: unfinished.map(unfinishedJson) });
    else await print([...rows(models), ...unfinished.map(unfinishedLine)].join(""));
    return 0;
  },
};

/** Names, sizes and dates in columns. */
function rows(models: readonly LocalModel[]): string[] {
  const names = models.map(({ name }) => shown(name));
  const width = Math.max(...names.map((name) => Bun.stringWidth(name)));
  return models.map(({ bytes, parts, modified }, index) => {
    const name = names[index] ?? "";
    const gap = " ".repeat(width - Bun.stringWidth(name));
    const when = new Date(modified).toISOString().slice(0, 16).replace("T", " ");
    const several = parts === 1 ? "" : `  ${parts} parts`;
    return `${name}${gap}  ${formatBytes(bytes).padStart(6)}  ${when}${several}\n`;
  });
}

function unfinishedLine({ name, bytes, expectedBytes, parts, missing, reference }: UnfinishedModel): string {
  const of = expectedBytes === undefined ? "" : ` of ${formatBytes(expectedBytes)}`;
  const lacks = parts === 1 ? "" : `, ${missing.length} of ${parts} parts missing`;
  const goOn =
    reference === undefined ? "" : `; go on with mcpchat models pull ${singleLine(reference, 200)}`;
  return `${shown(name)}  unfinished: ${formatBytes(bytes)}${of}${lacks}${goOn}\n`;
}

function shown(name: string): string {
  return singleLine(`${PROVIDER}/${name}`, NAME_COLUMNS);
}

function modelJson({ name, path, bytes, parts, modified }: LocalModel): object {
  return {
    model: `${PROVIDER}/${name}`,
    provider: PROVIDER,
    name,
    path,
    bytes,
    parts,
    modified_at: new Date(modified).toISOString(),
  };
}

function unfinishedJson({ name, bytes, expectedBytes, parts, missing, reference }: UnfinishedModel): object {
  return {
    name,
    bytes,
    expected_bytes: expectedBytes ?? null,
    parts,
    missing_parts: missing,
    reference: reference ?? null,
  };
}
