/** Runs the official conformance suite against the driver, and reads what it found. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";

const PACKAGE = join(import.meta.dir, "../../node_modules/@modelcontextprotocol/conformance");
const PROGRAM = join(PACKAGE, "dist/index.js");
const DRIVER = join(import.meta.dir, "client.ts");
/** A scenario takes seconds; this is for a machine under load. The driver gives up a little earlier by itself. */
const SCENARIO_MS = 90_000;
const SUITE_MS = 240_000;

/** One check of a scenario, as the suite writes it. */
export interface Check {
  id: string;
  status: "SUCCESS" | "FAILURE" | "WARNING" | "INFO" | "SKIPPED";
  description: string;
  errorMessage?: string;
}

export interface ScenarioRun {
  scenario: string;
  checks: Check[];
  /** What the driver wrote: DONE last if it did all it had to. */
  stdout: string;
  stderr: string;
}

export interface RequirementSet {
  required: string[];
  /** What is run and reported, but not required. */
  notScored: string[];
}

/** What a revision of the protocol requires of a client, as the suite has frozen it. */
export async function readRequirements(revision: string): Promise<RequirementSet> {
  const text = await Bun.file(join(PACKAGE, "requirements", `${revision}.yaml`)).text();
  // The file is part of the pinned package; this is its documented shape.
  const { client, not_scored } = Bun.YAML.parse(text) as {
    client: string[];
    not_scored: { scenario: string; leg: string }[];
  };
  const ours = not_scored.filter(({ leg }) => leg === "client");
  return { required: client, notScored: ours.map(({ scenario }) => scenario) };
}

/** The names of all scenarios for clients. */
export async function listScenarios(): Promise<string[]> {
  const text = await Bun.$`${process.execPath} ${PROGRAM} list --client`.quiet().text();
  return [...text.matchAll(/^ {2}- (\S+)/gm)].map(([, name = ""]) => name);
}

/**
 * Runs the suite with these arguments; its results go to the folder. Returns what each scenario left there. Throws when
 * the suite as a whole does not end in time.
 */
export async function runSuite(args: readonly string[], folder: string): Promise<ScenarioRun[]> {
  // The suite takes the command apart at spaces and gives the parts to a shell, so that the quotes survive.
  const command = [process.execPath, DRIVER].map((part) => `"${part}"`).join(" ");
  const fixed = ["client", "--command", command, "--timeout", String(SCENARIO_MS), "-o", folder];
  const suite = Bun.spawn([process.execPath, PROGRAM, ...fixed, ...args], {
    stdio: ["ignore", "ignore", "ignore"],
    // A group of its own: what it has started ends with it.
    detached: true,
  });
  const late = setTimeout(() => process.kill(-suite.pid, "SIGKILL"), SUITE_MS);
  await suite.exited;
  clearTimeout(late);
  if (suite.signalCode)
    throw new Error(`the suite did not end within ${SUITE_MS / 1000} s: ${args.join(" ")}`);
  return await readRuns(folder);
}

async function readRuns(folder: string): Promise<ScenarioRun[]> {
  const paths = await readdir(folder, { recursive: true });
  const results = paths.filter((path) => path.endsWith("checks.json"));
  return await Promise.all(results.map((path) => readRun(folder, path)));
}

async function readRun(folder: string, path: string): Promise<ScenarioRun> {
  // `auth/scope-step-up-2026-07-28T10-00-00-000Z/checks.json`
  const scenario = path.replaceAll("\\", "/").replace(/-\d{4}-\d\d-\d\dT[\d-]+Z\/checks\.json$/, "");
  const text = (name: string) => Bun.file(join(folder, path, "..", name)).text();
  // Written by the suite, whose checks have this shape.
  const checks = JSON.parse(await text("checks.json")) as Check[];
  return { scenario, checks, stdout: await text("stdout.txt"), stderr: await text("stderr.txt") };
}
