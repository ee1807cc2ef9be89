/** How much memory a Mac has to give: the kernel keeps most of it in use, and gives it away when it is needed. */
import { execFileSync } from "node:child_process";

const PROGRAM = "/usr/bin/vm_stat";
/** It takes some milliseconds. */
const LONGEST_MS = 2000;
/** What the kernel gives without taking it from anybody who uses it. */
const GIVEN = ["free", "inactive", "speculative", "purgeable"] as const;
/** Of a machine that tells nothing, so much is taken to be in use. */
const USED_BY_OTHERS = 0.25;

/** Bytes that could be had; an estimate when the system does not tell. */
export function availableOnMac(totalBytes: number, ask: () => string = askSystem): number {
  const available = parseVirtualMemory(ask());
  return Math.min(totalBytes, available ?? totalBytes * (1 - USED_BY_OTHERS));
}

/** Of the words of vm_stat, which counts pages. Undefined for anything else. */
export function parseVirtualMemory(text: string): number | undefined {
  const [, pageBytes] = /page size of (\d+) bytes/.exec(text) ?? [];
  if (pageBytes === undefined) return undefined;
  let pages = 0;
  for (const kind of GIVEN) {
    const [, count] = new RegExp(`^Pages ${kind}:\\s+(\\d+)\\.?$`, "m").exec(text) ?? [];
    if (count === undefined && kind === "free") return undefined;
    pages += Number(count ?? 0);
  }
  return pages * Number(pageBytes);
}

/** Empty when it is not there or fails. */
function askSystem(): string {
  try {
    return execFileSync(PROGRAM, {
      encoding: "utf8",
      timeout: LONGEST_MS,
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    return "";
  }
}
