/** What this process holds of memory and open files. */
import { readdirSync } from "node:fs";

export interface Vitals {
  rssMiB: number;
  openFiles: number;
}

const MIB = 1024 * 1024;

/** After a collection, so that only what is held counts. */
export function measureVitals(): Vitals {
  Bun.gc(true);
  return { rssMiB: process.memoryUsage.rss() / MIB, openFiles: readdirSync("/proc/self/fd").length };
}

/** Samples the memory as long as it runs; the returned function ends that and gives the peak in MiB. */
export function watchPeak(): () => number {
  let peak = 0;
  const sample = () => {
    peak = Math.max(peak, process.memoryUsage.rss() / MIB);
  };
  const timer = setInterval(sample, 200);
  return () => {
    clearInterval(timer);
    sample();
    return peak;
  };
}

/** Above this much more than early on is no longer flat. */
export interface Tolerance {
  rssMiB: number;
  openFiles: number;
}

export function growthComplaints(early: Vitals, last: Vitals, tolerance: Tolerance): string[] {
  const complaints: string[] = [];
  const more = last.rssMiB - early.rssMiB;
  if (more > tolerance.rssMiB) {
    complaints.push(`memory has grown by ${more.toFixed(1)} MiB; ${tolerance.rssMiB} are tolerated`);
  }
  const files = last.openFiles - early.openFiles;
  if (files > tolerance.openFiles) {
    complaints.push(`${files} more files are open than early on; ${tolerance.openFiles} are tolerated`);
  }
  return complaints;
}
