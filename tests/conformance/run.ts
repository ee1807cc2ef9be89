/**
 * The official conformance suite against mcpchat's own connection code: what each revision of the protocol requires of
 * a client, and what lies beyond. Prints a table; ends with 1 if anything required fails, or if the README's list of what
 * fails beyond is not true any more.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listScenarios, readRequirements, runSuite, type ScenarioRun } from "./suite.ts";
import { compareWithKnown, judge, readKnownFailures, type Verdict } from "./verdict.ts";

const REVISIONS = ["2025-11-25", "2026-07-28"];
type Known = ReadonlyMap<string, string>;

/** What a part of the suite came to. */
interface Part {
  /** How much of what is required fails. */
  failed: number;
  beyond: Verdict[];
  scenarios: string[];
}

async function runRevision(revision: string, folder: string, known: Known): Promise<Part> {
  const { required, notScored } = await readRequirements(revision);
  const runs = await runSuite(["--requirements", revision], join(folder, revision));
  const verdicts = required.map((scenario) => verdictOn(scenario, runs));
  const failed = verdicts.filter(({ complaints }) => complaints.length > 0).length;
  console.log(`\n${revision}: ${required.length - failed} of ${required.length} required scenarios pass`);
  for (const verdict of verdicts) print(verdict);
  const beyond = notScored.map((scenario) => verdictOn(scenario, runs));
  console.log(`${revision}, not required:`);
  for (const verdict of beyond) print(verdict, known);
  return { failed, beyond, scenarios: [...required, ...notScored] };
}

/** Runs what no set of requirements names: what older revisions had, and extensions that are not in the sets. */
async function runOthers(named: ReadonlySet<string>, folder: string, known: Known): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  console.log("\nIn no set of requirements:");
  for (const scenario of (await listScenarios()).filter((name) => !named.has(name))) {
    const runs = await runSuite(["--scenario", scenario], join(folder, "others", scenario));
    const verdict = verdictOn(scenario, runs);
    print(verdict, known);
    verdicts.push(verdict);
  }
  return verdicts;
}

function verdictOn(scenario: string, runs: readonly ScenarioRun[]): Verdict {
  const run = runs.find((one) => one.scenario === scenario);
  return run ? judge(run) : { scenario, complaints: ["the suite did not run it"] };
}

function print({ scenario, complaints }: Verdict, known?: Known): void {
  const reason = complaints.length > 0 && known?.get(scenario);
  // What is known not to work is no failure, and is not to look like one in a log.
  const verdict = complaints.length === 0 ? "pass" : reason ? "    " : "FAIL";
  console.log(`  ${verdict}  ${scenario}${reason ? ` is not there: ${reason}` : ""}`);
  if (!reason) for (const complaint of complaints) console.log(`          ${complaint}`);
}

async function main(): Promise<number> {
  const known = readKnownFailures(await Bun.file(join(import.meta.dir, "README.md")).text());
  const folder = await mkdtemp(join(tmpdir(), "mcpchat-conformance-"));
  try {
    const parts: Part[] = [];
    for (const revision of REVISIONS) parts.push(await runRevision(revision, folder, known));
    const named = new Set(parts.flatMap(({ scenarios }) => scenarios));
    const others = await runOthers(named, folder, known);
    const untrue = compareWithKnown([...parts.flatMap(({ beyond }) => beyond), ...others], known);
    for (const complaint of untrue) console.log(`\n${complaint}`);
    return parts.some(({ failed }) => failed > 0) || untrue.length > 0 ? 1 : 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

process.exit(await main());
