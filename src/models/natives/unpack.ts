/**
 * Lays the native files out in the cache folder as the library's package has them. Each file appears there whole or not at
 * all, so that any number of processes may do this at once, or be killed meanwhile, and the next one adds what is missing.
 */
import { createHash } from "node:crypto";
import { createReadStream, lstatSync } from "node:fs";
import fs from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { ensurePrivateFolder } from "../../lib/file.ts";
import { readArchive } from "./archive.ts";
import type { Embedded, EmbeddedContent } from "./embedded.ts";
import { cannotUnpack, notExecutable } from "./failure.ts";
import { liesOnNoExec } from "./mount.ts";
import { tidy, WORKSHOP_PREFIX } from "./tidy.ts";

export interface UnpackOptions {
  cacheFolder: string;
  source: Embedded;
  /** Compares contents too, not only sizes: for files that would not load. */
  thorough?: boolean;
}

/** A place that a content is missing from. */
interface Gap {
  path: string;
  content: EmbeddedContent;
}

/**
 * The folder that holds all native files, in which missing and damaged ones have been put right: `native/<version>` of
 * the cache folder. It is only written to if it has to be. Throws ModelError `natives`.
 */
export async function unpackNatives({
  cacheFolder,
  source,
  thorough = false,
}: UnpackOptions): Promise<string> {
  const root = join(cacheFolder, "native");
  const folder = join(root, source.version);
  try {
    const gaps = await findGaps(folder, source, thorough);
    if (gaps.length > 0) await fill(root, source, gaps);
  } catch (error) {
    throw cannotUnpack(root, error);
  }
  if (liesOnNoExec(folder)) throw notExecutable(folder);
  await tidy(root, source.version);
  return folder;
}

async function findGaps(folder: string, { contents }: Embedded, thorough: boolean): Promise<Gap[]> {
  const places = contents.flatMap((content) =>
    content.names.map((name) => ({ path: join(folder, ...name.split("/")), content })),
  );
  const gaps: Gap[] = [];
  for (const place of places) {
    if (!isComplete(place) || (thorough && !(await isUnchanged(place)))) gaps.push(place);
  }
  return gaps;
}

function isComplete({ path, content }: Gap): boolean {
  const status = lstatSync(path, { throwIfNoEntry: false });
  return status?.isFile() === true && status.size === content.bytes;
}

async function isUnchanged({ path, content }: Gap): Promise<boolean> {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(path), hash);
  } catch {
    return false;
  }
  return hash.digest("hex") === content.sha256;
}

/** Writes into a workshop on the same file system first; from there each file goes to its place in one step. */
async function fill(root: string, source: Embedded, gaps: readonly Gap[]): Promise<void> {
  ensurePrivateFolder(root);
  const workshop = await fs.mkdtemp(join(root, WORKSHOP_PREFIX));
  try {
    for await (const [content, bytes] of readArchive(source)) {
      for (const gap of gaps.filter((one) => one.content === content)) await put(workshop, gap, bytes);
    }
  } finally {
    await fs.rm(workshop, { recursive: true, force: true });
  }
}

async function put(workshop: string, { path, content }: Gap, bytes: Uint8Array): Promise<void> {
  const unfinished = join(workshop, "unfinished");
  // On disk before it has its name: after a power cut it would have the right size and the wrong content.
  await fs.writeFile(unfinished, bytes, { mode: 0o600, flush: true });
  ensurePrivateFolder(dirname(path));
  try {
    await fs.rename(unfinished, path);
  } catch (error) {
    // Windows lets nobody replace a library that another process has loaded: that process found it in order.
    if (!isComplete({ path, content })) throw error;
  }
}
