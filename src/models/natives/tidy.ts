/** Takes away what nobody needs any more beside the folder in use. */
import fs from "node:fs/promises";
import { join } from "node:path";

/** How the folders are called in which files are written before they go to their place. */
export const WORKSHOP_PREFIX = ".unpacking-";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** No unpacking takes that long: whoever began it was killed. */
const WORKSHOP_MS = HOUR_MS;
/** An older version may be in use beside this one, or come back. */
const VERSION_MS = 30 * DAY_MS;

/**
 * Removes from `root` workshops that were left behind and versions that nobody has used for a month; a version in use says so
 * by the time of its folder. What cannot be removed or marked stays as it is: this is a courtesy.
 *
 * @param now milliseconds since the Unix epoch
 */
export async function tidy(root: string, version: string, now = Date.now()): Promise<void> {
  const names = await fs.readdir(root).catch(() => []);
  const isOlder = async (name: string, ms: number) => {
    const status = await fs.lstat(join(root, name)).catch(() => undefined);
    return status !== undefined && now - status.mtimeMs > ms;
  };
  for (const name of names) {
    const used = name === version;
    const keptMs = used ? DAY_MS : name.startsWith(WORKSHOP_PREFIX) ? WORKSHOP_MS : VERSION_MS;
    if (!(await isOlder(name, keptMs))) continue;
    const path = join(root, name);
    const done = used
      ? fs.utimes(path, now / 1000, now / 1000)
      : fs.rm(path, { recursive: true, force: true });
    await done.catch(() => {});
  }
}
