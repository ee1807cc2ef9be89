/** How this program starts itself again in another part: its inference process, a server that it brings along. */
import { join } from "node:path";

/** The command line that runs this program with these arguments: the executable alone, or Bun with the sources. */
export function selfCommand(...args: string[]): [command: string, ...args: string[]] {
  const compiled = Bun.main.startsWith("/$bunfs/") || /^[A-Z]:[\\/]~BUN[\\/]/i.test(Bun.main);
  return compiled
    ? [process.execPath, ...args]
    : [process.execPath, join(import.meta.dir, "../main.ts"), ...args];
}
