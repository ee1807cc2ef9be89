/**
 * A damaged native file of the right size may end the process at its first call, before anybody can say why. Each process leaves
 * a mark until a model has been loaded: who finds one compares all the files before using them.
 */
import fs from "node:fs";
import { dirname, join } from "node:path";
import { ensurePrivateFolder } from "../../lib/file.ts";

export interface Opening {
  /** A process before this one ended without having loaded a model, or another one is at it now. */
  suspicious: boolean;
  /** A model was loaded: the files are good. */
  proven(): void;
}

/** Where nothing can be written, nothing is suspected. */
export function markOpening(cacheFolder: string): Opening {
  const mark = join(cacheFolder, "native", ".opening");
  const suspicious = fs.existsSync(mark);
  let marked = leaveMark(mark);
  const proven = () => {
    if (marked) fs.rmSync(mark, { force: true });
    marked = false;
  };
  return { suspicious, proven };
}

function leaveMark(mark: string): boolean {
  try {
    ensurePrivateFolder(dirname(mark));
    fs.writeFileSync(mark, "", { mode: 0o600 });
    return true;
  } catch {
    return false;
  }
}
