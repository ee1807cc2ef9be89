/** What a run of the suite comes to: pure, so that it can be tested without the suite. */
import type { ScenarioRun } from "./suite.ts";

/** The last line of a driver that did all that the scenario asks for. */
export const DONE = "done";

export interface Verdict {
  scenario: string;
  /** What the suite, or the driver itself, has against it; empty when it passed. */
  complaints: string[];
}

/**
 * Judges a scenario. The suite's own count lets a client pass that has asked for nothing; here something must have
 * succeeded, warnings count as failures, and the driver must have come to its end.
 */
export function judge({ scenario, checks, stdout, stderr }: ScenarioRun): Verdict {
  const complaints = checks
    .filter(({ status }) => status === "FAILURE" || status === "WARNING")
    .map(({ id, description, errorMessage }) => `${id}: ${errorMessage ?? description}`);
  if (!checks.some(({ status }) => status === "SUCCESS")) complaints.push("nothing was checked");
  if (stdout.trim().split("\n").at(-1) !== DONE) {
    complaints.push(`the driver did not come to its end: ${stderr.trim().split("\n")[0]}`);
  }
  return { scenario, complaints };
}

/** The rows of the README's table: what is known to fail, and why. */
export function readKnownFailures(readme: string): Map<string, string> {
  const rows = readme.matchAll(/^\| `([^`]+)` +\| (.+?) +\|$/gm);
  return new Map([...rows].map(([, scenario = "", reason = ""]) => [scenario, reason]));
}

/** What is wrong with the table of known failures, given what was run beyond the requirements. */
export function compareWithKnown(verdicts: readonly Verdict[], known: ReadonlyMap<string, string>): string[] {
  const failed = new Set(
    verdicts.filter(({ complaints }) => complaints.length > 0).map((one) => one.scenario),
  );
  const unlisted = [...failed].filter((scenario) => !known.has(scenario));
  const stale = [...known.keys()].filter((scenario) => !failed.has(scenario));
  return [
    ...unlisted.map((scenario) => `${scenario} fails, and the README does not say why`),
    ...stale.map((scenario) => `${scenario} passes or was not run, but the README says that it fails`),
  ];
}
