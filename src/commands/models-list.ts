/** `mcpchat models list`: what lies in the models folder, and what providers have. */
import { existsSync } from "node:fs";
import type { App } from "../app/app.ts";
import type { Environment } from "../config/paths.ts";
import type { Notify } from "../lib/notice.ts";
import { formatBytes } from "../lib/text-amount.ts";
import { singleLine } from "../lib/text-layout.ts";
import type { LocalModel, scanFolder, UnfinishedModel } from "../models/folder/scan.ts";
import { DEMO_NAME } from "../models/names.ts";
import { type Command, worldOf } from "./command.ts";
import { JSON_OPTIONS, modelsConfig, modelsFolder, PROVIDER } from "./models-common.ts";
import { parseOptions } from "./parse.ts";
import { print, printJson } from "./print.ts";
import { withApp } from "./with-app.ts";

const OPTIONS = {
  provider: { type: "string", valueHint: "NAME", description: "Only its models, asked of itself" },
  ...JSON_OPTIONS,
} as const;

type Listing = ReturnType<typeof scanFolder>;

const NAME_COLUMNS = 100;
const HIDDEN = "  hidden by the built-in demo; rename it";

export const listCommand: Command = {
  meta: { name: "list", description: "List local models, and those of providers that can be used" },
  args: OPTIONS,
  async run(context) {
    const { values } = parseOptions(context.rawArgs, OPTIONS, 0);
    const { provider, json } = values;
    if (provider !== undefined && provider !== PROVIDER) {
      const { listProvider } = await import("./models-list-provider.ts");
      return listProvider(context, { ...values, provider });
    }
    const { env } = worldOf(context);
    const { listing, offered } = await withApp(context, values, async (app, notify) => {
      const { modelsOfAll } = await import("../app/provider-models.ts");
      const folder = await inFolder(app, env, notify);
      const offered = provider === undefined ? await modelsOfAll(app, env) : [];
      // Nothing at all, and not a word about it, would be taken for a failure.
      const isSilent = offered.length === 0 && !folder.isMissed && !json;
      if (folder.isEmpty) notify(isSilent ? "warn" : "info", folder.emptyLine);
      return { listing: folder.listing, offered };
    });
    const { offeredJson, offeredLines } = await import("./models-list-provider.ts");
    const { models, unfinished } = listing;
    const ours = { models: models.map(modelJson), unfinished: unfinished.map(unfinishedJson) };
    if (!json)
      await print([...rows(models), ...unfinished.map(unfinishedLine), ...offeredLines(offered)].join(""));
    else
      await printJson(provider === undefined ? { ...ours, offered: offered.map(offeredJson) } : ours.models);
    return 0;
  },
};

interface Folder {
  listing: Listing;
  isEmpty: boolean;
  /** Whether the configuration names it and it is not there, which is told. */
  isMissed: boolean;
  /** What to say when it is. */
  emptyLine: string;
}

async function inFolder(app: App, env: Environment, notify: Notify): Promise<Folder> {
  const { scanFolder } = await import("../models/folder/scan.ts");
  const folder = await modelsFolder(app, env);
  const listing = scanFolder(folder);
  const { folder: configured } = await modelsConfig(app);
  const isMissed = configured !== undefined && !existsSync(folder);
  if (isMissed) notify("warn", `models.folder: there is no folder ${folder}`);
  const isEmpty = listing.models.length === 0 && listing.unfinished.length === 0;
  const emptyLine = `${folder} has no model; get one with mcpchat models pull`;
  return { listing, isEmpty, isMissed, emptyLine };
}

/** Names, sizes and dates in columns. */
function rows(models: readonly LocalModel[]): string[] {
  const names = models.map(({ name }) => shown(name));
  const width = names.reduce((widest, name) => Math.max(widest, Bun.stringWidth(name)), 0);
  return models.map((model, index) => {
    const { bytes, parts, modified } = model;
    const name = names[index] ?? "";
    const gap = " ".repeat(width - Bun.stringWidth(name));
    const when = new Date(modified).toISOString().slice(0, 16).replace("T", " ");
    const several = parts === 1 ? "" : `  ${parts} parts`;
    return `${name}${gap}  ${formatBytes(bytes).padStart(6)}  ${when}${several}${isHidden(model) ? HIDDEN : ""}\n`;
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

/** Its name means the model that this executable brings along. */
function isHidden({ name }: LocalModel): boolean {
  return name === DEMO_NAME;
}

function modelJson(model: LocalModel): object {
  const { name, path, bytes, parts, modified } = model;
  return {
    model: `${PROVIDER}/${name}`,
    provider: PROVIDER,
    name,
    path,
    bytes,
    parts,
    modified_at: new Date(modified).toISOString(),
    hidden: isHidden(model),
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
