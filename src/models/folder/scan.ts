/** What lies in the models folder: models, and what is not whole yet. */
import { type Dirent, readdirSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import { ConfigurationError, ExitCode, UserError } from "../../lib/errors.ts";
import { fileErrorFrom } from "../../lib/file.ts";
import { fileNameOf, isProjector, readFileName } from "../names.ts";
import { readPartialRecord } from "../partial.ts";

export interface LocalModel {
  /** What stands behind `local/`: the file's name without `.gguf`, in a subfolder with its path before it. */
  name: string;
  /** Its file, or the first of its parts. */
  path: string;
  /** Of all parts together. */
  bytes: number;
  parts: number;
  /** Milliseconds since the Unix epoch; of the part that was modified last. */
  modified: number;
}

/** A model whose download is not over, or of which parts are missing. */
export interface UnfinishedModel {
  name: string;
  /** That are there, in parts that are whole and in others. */
  bytes: number;
  /** Of the parts that a download has begun with; absent when a server did not tell. */
  expectedBytes?: number;
  parts: number;
  /** The numbers of those that are not there whole. */
  missing: readonly number[];
  /** What was pulled, if this is a download: pulling it again goes on. */
  reference?: string;
  /** Where its parts are, or are to be: what removing it removes, with what belongs to downloads. */
  files: readonly string[];
}

export interface FolderListing {
  models: readonly LocalModel[];
  unfinished: readonly UnfinishedModel[];
}

/** Owner and repository, as some tools lay them out. */
const DEEPEST = 2;
const PARTIAL = /\.partial$/;

interface FoundPart {
  file: string;
  part: number;
  whole: boolean;
  bytes: number;
  modified: number;
}

/** The parts of one model, by its name and their number. */
interface FoundModel {
  name: string;
  parts: number;
  folder: string;
  found: FoundPart[];
}

/** The models, in the order of their names. Throws UserError when the folder cannot be read; one that is missing is empty. */
export function listModels(folder: string): readonly LocalModel[] {
  return scanFolder(folder).models;
}

/** All that is there. Throws UserError when the folder cannot be read, or is none; one that is missing is empty. */
export function scanFolder(folder: string): FolderListing {
  const found = new Map<string, FoundModel>();
  for (const file of filesBelow(folder, { below: "", depth: DEEPEST, inside: [] })) note(found, folder, file);
  const models: LocalModel[] = [];
  const unfinished: UnfinishedModel[] = [];
  for (const model of found.values()) {
    const whole = model.found.filter((part) => part.whole);
    if (whole.length === model.parts) models.push(wholeModel(model, whole));
    else unfinished.push(unfinishedModel(model, whole));
  }
  const byName = (one: { name: string }, other: { name: string }) => (one.name < other.name ? -1 : 1);
  return { models: models.sort(byName), unfinished: unfinished.sort(byName) };
}

function note(found: Map<string, FoundModel>, folder: string, relative: string): void {
  const fileName = basename(relative);
  const named = readFileName(fileName.replace(PARTIAL, ""));
  const status = statusOf(join(folder, relative));
  if (!named || isProjector(named.name) || !status?.isFile()) return;
  const inFolder = dirname(relative);
  const name = inFolder === "." ? named.name : `${inFolder.split(sep).join("/")}/${named.name}`;
  const key = `${name}\0${named.parts}`;
  const model = found.get(key) ?? { name, parts: named.parts, folder: join(folder, inFolder), found: [] };
  found.set(key, model);
  const file = join(folder, relative.replace(PARTIAL, ""));
  const whole = !PARTIAL.test(fileName);
  model.found.push({ file, part: named.part, whole, bytes: status.size, modified: status.mtimeMs });
}

function wholeModel({ name, parts }: FoundModel, whole: readonly FoundPart[]): LocalModel {
  const first = whole.find(({ part }) => part === 1);
  return {
    name,
    path: first?.file ?? "",
    bytes: sum(whole),
    parts,
    modified: Math.max(...whole.map(({ modified }) => modified)),
  };
}

function unfinishedModel(model: FoundModel, whole: readonly FoundPart[]): UnfinishedModel {
  const { name, parts, folder, found } = model;
  const numbers = Array.from({ length: parts }, (_, index) => index + 1);
  const missing = numbers.filter((number) => !whole.some(({ part }) => part === number));
  // A single file is named as it is found: its ending may be written in another case.
  const named = { name: basename(name), parts };
  const files =
    parts === 1
      ? found.map(({ file }) => file)
      : numbers.map((part) => join(folder, fileNameOf({ ...named, part })));
  const records = files.map((file) => readPartialRecord(file));
  const reference = records.find((record) => record)?.reference;
  const expected = expectedBytes(files, records, found);
  return {
    name,
    bytes: sum(found),
    ...(expected !== undefined && { expectedBytes: expected }),
    parts,
    missing,
    ...(reference !== undefined && { reference }),
    files,
  };
}

/** Undefined unless the size of every part is known. */
function expectedBytes(
  files: readonly string[],
  records: readonly ({ size?: number } | undefined)[],
  found: readonly FoundPart[],
): number | undefined {
  let bytes = 0;
  for (const [index, file] of files.entries()) {
    const size = records[index]?.size ?? found.find((part) => part.whole && part.file === file)?.bytes;
    if (size === undefined) return undefined;
    bytes += size;
  }
  return bytes;
}

function sum(parts: readonly FoundPart[]): number {
  return parts.reduce((bytes, part) => bytes + part.bytes, 0);
}

interface Place {
  /** Relative to the models folder; empty for the folder itself. */
  below: string;
  /** How many folders further down are looked into. */
  depth: number;
  /** The folders that this one lies in, as `identityOf` tells them apart. */
  inside: readonly string[];
}

/**
 * Paths relative to the folder. Hidden ones are not looked at; links are followed, they are the user's own, unless they
 * lead back to where they are.
 */
function filesBelow(folder: string, { below, depth, inside }: Place): string[] {
  const identity = identityOf(join(folder, below));
  if (identity !== undefined && inside.includes(identity)) return [];
  const further = identity === undefined ? inside : [...inside, identity];
  return entriesOf(join(folder, below), below === "").flatMap((entry) => {
    if (entry.name.startsWith(".")) return [];
    const relative = join(below, entry.name);
    if (entry.isFile()) return [relative];
    const isFolder =
      entry.isDirectory() || (entry.isSymbolicLink() && statusOf(join(folder, relative))?.isDirectory());
    if (!isFolder) return [relative];
    return depth > 0 ? filesBelow(folder, { below: relative, depth: depth - 1, inside: further }) : [];
  });
}

/** The same for a folder and for a link to it. */
function identityOf(folder: string): string | undefined {
  try {
    const { dev, ino } = statSync(folder, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

function entriesOf(folder: string, isTop: boolean): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (!isTop) return [];
    if (isNoFolder(error)) throw noFolder(folder);
    const problem = fileErrorFrom(folder, error);
    if (problem.problem === "missing") return [];
    throw new UserError(problem.message, "models_folder", ExitCode.configuration, undefined, {
      cause: problem,
    });
  }
}

function isNoFolder(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOTDIR";
}

function noFolder(folder: string): ConfigurationError {
  const advice = "let models.folder in the configuration name a folder";
  return new ConfigurationError(`the models folder ${folder} is not a folder`, advice);
}

function statusOf(file: string): Stats | undefined {
  try {
    return statSync(file);
  } catch {
    // A link that leads nowhere, or a file that has just gone.
    return undefined;
  }
}
