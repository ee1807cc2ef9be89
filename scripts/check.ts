/**
 * Everything that must hold before a change lands, in one command: format, lint, types, unused code, structure,
 * unit tests, MCP conformance, build, end-to-end tests. Every step runs, also after one has failed; the last line
 * counts the tests.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "..");

/** Of what is said of a failed test. */
const MOST_WORDS = 1500;

interface Step {
  name: string;
  /** Arguments for Bun: tools run under it, so that a machine without Node can check too. */
  args: string[];
  /** Where a step that runs tests leaves its report. */
  report?: string;
}

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

function tool(name: string, script: string, ...args: string[]): Step {
  return { name, args: [join("node_modules", script), ...args] };
}

/** Two minutes a test are for a machine under load: tests wait for events, not for time. */
function tests(name: string, report: string, ...args: string[]): Step {
  const reporter = ["--reporter=junit", `--reporter-outfile=${report}`];
  return { name, args: ["test", "--parallel", "--timeout=120000", ...reporter, ...args], report };
}

function steps(reports: string): Step[] {
  return [
    tool("format and lint", "@biomejs/biome/bin/biome", "check", "--error-on-warnings", "."),
    tool("promises", "oxlint/bin/oxlint", "--type-aware", "."),
    tool("types", "typescript/bin/tsc", "--noEmit"),
    tool("unused code", "knip/bin/knip-bun.js", "--no-progress"),
    tests("unit tests", join(reports, "unit.xml"), "--path-ignore-patterns=tests/e2e/**"),
    { name: "MCP conformance", args: ["tests/conformance/run.ts"] },
    { name: "build", args: ["build.ts"] },
    tests("end-to-end tests", join(reports, "e2e.xml"), "tests/e2e"),
  ];
}

/** The environment of a step: no key and no setting of the person who runs the check reaches a test. */
function environmentOf(step: Step): Record<string, string | undefined> {
  const personal = /^(MCPCHAT_|OPENAI_|ANTHROPIC_|OLLAMA_|XDG_|NO_COLOR$|FORCE_COLOR$|CLICOLOR)/;
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !personal.test(name)));
  // Some tools colour the log of a CI; tests decide for themselves.
  const isPlain = !step.report && !process.stdout.isTTY;
  return isPlain ? { ...clean, NO_COLOR: "1" } : clean;
}

/** Runs one step with our output. Returns whether it succeeded. */
async function run(step: Step): Promise<boolean> {
  console.log(`\n== ${step.name}`);
  const startedAt = performance.now();
  const child = Bun.spawn([process.execPath, ...step.args], {
    cwd: ROOT,
    env: environmentOf(step),
    stdio: ["ignore", "inherit", "inherit"],
  });
  const code = await child.exited;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`-- ${step.name}: ${code === 0 ? "ok" : `failed (exit ${code})`}, ${seconds} s`);
  return code === 0;
}

/** Reads the totals of a JUnit report; nothing is counted when the runner wrote none. */
async function count(report: string): Promise<Counts> {
  if (!existsSync(report)) return { passed: 0, failed: 0, skipped: 0 };
  const head = /<testsuites[^>]*>/.exec(await Bun.file(report).text())?.[0] ?? "";
  const attribute = (name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(head)?.[1] ?? 0);
  const [failed, skipped] = [attribute("failures"), attribute("skipped")];
  return { passed: attribute("tests") - failed - skipped, failed, skipped };
}

/** What failed, with the beginning of what was said of it, so that the end of a log tells all that matters. */
async function failedIn(report: string): Promise<string[]> {
  if (!existsSync(report)) return [];
  const cases = (await Bun.file(report).text()).matchAll(/<testcase ([^>]*[^/])>([\s\S]*?)<\/testcase>/g);
  return [...cases].flatMap(([, attributes = "", inner = ""]) => {
    const failure = /<failure([^>]*)>([\s\S]*?)<\/failure>|<failure([^>]*)\/>/.exec(inner);
    if (!failure) return [];
    const words = (failure[2] ?? failure[1] ?? failure[3] ?? "").trim().slice(0, MOST_WORDS);
    return [`${attributeOf(attributes, "file")}: ${attributeOf(attributes, "name")}\n${words}`];
  });
}

function attributeOf(attributes: string, name: string): string {
  return new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? "";
}

async function main(): Promise<number> {
  const reports = mkdtempSync(join(tmpdir(), "mcpchat-check-"));
  const failures: string[] = [];
  const failedTests: string[] = [];
  const total: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const step of steps(reports)) {
    if (!(await run(step))) failures.push(step.name);
    if (!step.report) continue;
    const counts = await count(step.report);
    failedTests.push(...(await failedIn(step.report)));
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
  }
  rmSync(reports, { recursive: true, force: true });
  for (const test of failedTests) console.log(`\nFAILED ${test}`);
  console.log(failures.length === 0 ? "\nAll checks passed." : `\nFailed: ${failures.join(", ")}.`);
  console.log(`tests: ${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return failures.length === 0 ? 0 : 1;
}

process.exit(await main());
