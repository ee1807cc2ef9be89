/** Models by their names. A name is looked up among those that are there, so that none leads out of the folder. */
import { rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ExitCode, UserError } from "../../lib/errors.ts";
import { fileErrorFrom } from "../../lib/file.ts";
import { nearest } from "../../lib/nearest.ts";
import { singleLine } from "../../lib/text-layout.ts";
import { isLocked, lockPath } from "../../process/lock.ts";
import { DEMO_NAME, fileNameOf, readFileName } from "../names.ts";
import { removePartial } from "../partial.ts";
import { ModelError } from "../problem.ts";
import { faultOf } from "./first-bytes.ts";
import { type FolderListing, type LocalModel, scanFolder, type UnfinishedModel } from "./scan.ts";

const NAME_COLUMNS = 100;

/**
 * The model of this name, written with or without `.gguf`, or as the file of one of its parts. Throws ModelError when
 * there is none, or when it is not whole.
 */
export function findModel(folder: string, name: string): LocalModel {
  const listing = scanFolder(folder);
  const model = named(listing.models, name);
  if (model) return model;
  const unfinished = named(listing.unfinished, name);
  throw unfinished ? notWhole(unfinished) : unknown({ folder, name, listing, among: listing.models });
}

/**
 * The model that was added or changed last; undefined when there is none. What cannot be read, or is no model by its
 * first bytes, is passed over, and `tell` gets a line for each; one that the built-in demo hides is no candidate.
 */
export function newestModel(folder: string, tell: (line: string) => void): LocalModel | undefined {
  const candidates = scanFolder(folder).models.filter(({ name }) => name !== DEMO_NAME);
  candidates.sort((one, other) => other.modified - one.modified);
  return candidates.find(({ path }) => {
    const fault = faultOf(path);
    if (fault !== undefined) tell(`${path} is passed over: ${fault}`);
    return fault === undefined;
  });
}

/** What removing a name would take away. */
export interface Removal {
  name: string;
  bytes: number;
  parts: number;
  /** False for what is left of a download. */
  whole: boolean;
  files: readonly string[];
}

/** Throws ModelError when nothing has this name, and UserError while it is being pulled. */
export function planRemoval(folder: string, name: string): Removal {
  const listing = scanFolder(folder);
  const model = named(listing.models, name);
  const unfinished = named(listing.unfinished, name);
  const removal = model ? wholeRemoval(model) : unfinished && { ...unfinished, whole: false };
  if (!removal) {
    throw unknown({ folder, name, listing, among: [...listing.models, ...listing.unfinished] });
  }
  if (isLocked(lockPath(folder, removal.name))) {
    const advice = "stop that first";
    throw new UserError(`${shown(removal.name)} is being pulled`, "busy", ExitCode.usage, advice);
  }
  return removal;
}

/** Removes files of a model for good, the first part first: the model is gone at once. Throws UserError. */
export function removeModel({ files }: Removal): void {
  for (const file of files) {
    try {
      rmSync(file, { force: true });
      removePartial(file);
    } catch (error) {
      const problem = fileErrorFrom(file, error);
      throw new UserError(problem.message, "models_folder", ExitCode.configuration, undefined, {
        cause: problem,
      });
    }
  }
}

function wholeRemoval({ name, bytes, parts, path }: LocalModel): Removal {
  const numbers = Array.from({ length: parts }, (_, index) => index + 1);
  const part = (number: number) => fileNameOf({ name: basename(name), part: number, parts });
  const files = parts === 1 ? [path] : numbers.map((number) => join(dirname(path), part(number)));
  return { name, bytes, parts, whole: true, files };
}

function named<M extends { name: string }>(models: readonly M[], name: string): M | undefined {
  const exact = models.find((model) => model.name === name);
  if (exact) return exact;
  const slash = name.lastIndexOf("/") + 1;
  const file = readFileName(`${name.slice(slash).replace(/\.gguf$/i, "")}.gguf`);
  return file && models.find((model) => model.name === name.slice(0, slash) + file.name);
}

function notWhole({ name, missing, parts, reference }: UnfinishedModel): ModelError {
  const what = parts === 1 ? "was not pulled to its end" : `lacks ${missing.length} of its ${parts} parts`;
  const advice =
    reference === undefined
      ? "put what is missing beside them, or remove it with mcpchat models rm"
      : `go on with: mcpchat models pull ${singleLine(reference, NAME_COLUMNS)}`;
  return new ModelError({ code: "missing", message: `the model ${shown(name)} ${what}`, advice });
}

interface Unknown {
  folder: string;
  name: string;
  listing: FolderListing;
  /** What could have been meant. */
  among: readonly { name: string }[];
}

function unknown({ folder, name, listing: { models }, among }: Unknown): ModelError {
  const names = among.map((model) => model.name);
  const asked = name.replace(/\.gguf$/i, "");
  const close = names.find((known) => known.endsWith(`/${asked}`)) ?? nearest(asked, names);
  const advice = close
    ? `did you mean ${shown(close)}?`
    : models.length > 0
      ? "mcpchat models list shows those that there are"
      : "get one with mcpchat models pull";
  return new ModelError({
    code: "missing",
    message: `there is no model ${shown(name)} in ${folder}`,
    advice,
  });
}

function shown(name: string): string {
  return singleLine(name, NAME_COLUMNS);
}
