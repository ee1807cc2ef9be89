/** Whether libraries may be loaded from a folder, as far as its mount says. */
import { readFileSync, realpathSync } from "node:fs";

/**
 * Whether this folder, a real path, lies on a mount with `noexec`; `table` is the text of /proc/self/mountinfo (proc(5)): one
 * mount a line, its point the fifth word, its options the sixth. A later mount covers what was there before.
 */
export function isNoExec(folder: string, table: string): boolean {
  let nearest = { point: "", options: "" };
  for (const line of table.split("\n")) {
    const [, , , , escaped, options] = line.split(" ");
    if (escaped === undefined || options === undefined) continue;
    const point = escaped.replace(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    const holds = folder === point || folder.startsWith(point.endsWith("/") ? point : `${point}/`);
    if (holds && point.length >= nearest.point.length) nearest = { point, options };
  }
  return nearest.options.split(",").includes("noexec");
}

/** As `isNoExec`, of this machine; false where that cannot be told. */
export function liesOnNoExec(folder: string): boolean {
  if (process.platform !== "linux") return false;
  try {
    return isNoExec(realpathSync(folder), readFileSync("/proc/self/mountinfo", "utf8"));
  } catch {
    return false;
  }
}
