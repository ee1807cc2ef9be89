/** The outcome of a run as lines for a person. */
import type { Outcome } from "./chaos.ts";
import type { Recovery } from "./recoveries.ts";
import type { Tally } from "./tally.ts";

export function describeOutcome(outcome: Outcome): string {
  const { tally, early, last, peakMiB, seed, seconds, broken } = outcome;
  const perSecond = (tally.total("kills") / seconds).toFixed(1);
  const lines = [
    ...groupLines(tally, "kills", ` (${perSecond} a second)`),
    ...groupLines(tally, "stops"),
    ...groupLines(tally, "starvings"),
    `recoveries      ${outcome.recovered}, by ${outcome.restarts} restarts, ${outcome.failedStarts} of them after a start that failed`,
    ...recoveryLines(outcome),
    ...groupLines(tally, "turns"),
    ...groupLines(tally, "error lines"),
    `messages        ${outcome.messagesChecked} checked on disk, ${outcome.callsMade} calls of tools checked`,
    `memory          ${mib(early.rssMiB)} early, ${mib(last.rssMiB)} at the end, ${mib(peakMiB)} at most`,
    `open files      ${early.openFiles} early, ${last.openFiles} at the end`,
    `seed            ${seed}`,
    broken.length === 0 ? "No invariant was broken." : `BROKEN (${broken.length}):`,
    ...broken.map((text) => `  ${text}`),
  ];
  return `${lines.join("\n")}\n`;
}

function groupLines(tally: Tally, group: string, more = ""): string[] {
  const entries = tally.entries(group).map(([name, times]) => `  ${String(times).padStart(5)} ${name}`);
  return [`${group.padEnd(15)} ${tally.total(group)}${more}`, ...entries];
}

function recoveryLines({ recoveries, goneAfterMs }: Outcome): string[] {
  const times = (kind: Recovery["kind"]) => recoveries.filter((one) => one.kind === kind).map(({ ms }) => ms);
  const started = recoveries.filter((one) => one.kind === "server" && one.startMs !== undefined);
  const starts = started.map(({ startMs = 0 }) => startMs);
  const before = started.map(({ ms, startMs = 0 }) => ms - startMs);
  return [
    timeLine("a server, from the kill to ready", times("server")),
    timeLine("  of that its own start", starts),
    timeLine("  of that until its new process", before),
    timeLine("a server with a closed pipe", times("pipe")),
    timeLine("a service", times("service")),
    timeLine("the branch of all servers", times("branch")),
    timeLine("what a killed mcpchat left, gone", goneAfterMs),
  ];
}

function timeLine(what: string, times: readonly number[]): string {
  if (times.length === 0) return `  ${what}: none`;
  const sorted = [...times].sort((a, b) => a - b);
  return `  ${what}: median ${ms(median(sorted))}, worst ${ms(sorted.at(-1) ?? 0)} (${times.length})`;
}

function median(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function ms(time: number): string {
  return time < 10 ? `${time.toFixed(1)} ms` : `${Math.round(time)} ms`;
}

function mib(amount: number): string {
  return `${amount.toFixed(1)} MiB`;
}
