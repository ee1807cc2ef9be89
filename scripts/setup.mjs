/**
 * Sets up a clone: dependencies as the lock names them, and the pinned Bun that builds and tests. Plain
 * JavaScript without dependencies, because it runs before there are any, under Node or under Bun alone.
 */
import { spawnSync } from "node:child_process";
import { existsSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const LOCK = join(ROOT, "package-lock.json");
const MODULES = join(ROOT, "node_modules");
/** npm writes this file last, so an install that was cut off leaves none. */
const NPM_MARK = join(MODULES, ".package-lock.json");
/** Bun leaves no mark of its own: we do. */
const BUN_MARK = join(MODULES, ".bun-installed");
const BUN = join(MODULES, "bun", "bin", "bun.exe");
/** Without its install script the package holds a placeholder of a few hundred bytes. */
const SMALLEST_BUN_BYTES = 1_000_000;

/**
 * Says on stderr what takes time; stdout belongs to what runs afterwards.
 * @param {string} text
 */
export function say(text) {
  process.stderr.write(`mcpchat: ${text}\n`);
}

/**
 * Ends the set-up with the one line that says what happened and what to do.
 * @param {string} text
 * @returns {never}
 */
export function fail(text) {
  say(text);
  process.exit(1);
}

/** @param {string} path */
function modifiedAt(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}

function isInstalled() {
  const lockedAt = modifiedAt(LOCK);
  return modifiedAt(NPM_MARK) >= lockedAt || modifiedAt(BUN_MARK) >= lockedAt;
}

function isBunInPlace() {
  return existsSync(BUN) && statSync(BUN).size >= SMALLEST_BUN_BYTES;
}

/** The package manager that started us; else Bun when there is nothing else; else npm from the PATH. */
function installer() {
  const startedBy = process.env.npm_execpath ?? "";
  // Only one package has an install script, and ensureBun() does its work: no script of a dependency runs.
  const ci = ["ci", "--ignore-scripts", "--loglevel=error", "--fetch-retry-maxtimeout=10000"];
  if (basename(startedBy) === "npm-cli.js")
    return { name: "npm ci", file: process.execPath, args: [startedBy, ...ci] };
  if (process.versions.bun || /^bun(\.exe)?$/.test(basename(startedBy))) {
    const bun = /^bun/.test(basename(startedBy)) ? startedBy : process.execPath;
    return { name: "bun install", file: bun, args: ["install", "--ignore-scripts", "--no-progress"] };
  }
  return { name: "npm ci", file: "npm", args: ci, shell: process.platform === "win32" };
}

/**
 * What a package manager printed, cut down to the line that names the trouble.
 * @param {string} output
 */
function trouble(output) {
  const lines = output.split("\n").map((line) => line.replace(/^(npm (error|ERR!)|error:)\s*/, "").trim());
  const telling = lines.filter((line) => line !== "" && !/^(code|syscall|errno|A complete log)\b/.test(line));
  return telling[0] ?? "no output";
}

function installDependencies() {
  const { name, file, args, shell } = installer();
  say(`installing dependencies (${name}) ...`);
  const result = spawnSync(file, args, {
    cwd: ROOT,
    shell,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = `${result.stderr ?? ""}${result.stdout ?? ""}`;
  if (result.error) fail(`cannot run ${name} (${result.error.message}); install npm or Bun and try again`);
  if (result.status !== 0) {
    if (process.env.CI) process.stderr.write(output);
    fail(`${name} failed: ${trouble(output)}; check the network and run the command again`);
  }
  if (name === "bun install") markAsInstalled();
}

function markAsInstalled() {
  writeFileSync(BUN_MARK, "");
  const now = new Date();
  utimesSync(BUN_MARK, now, now);
}

/** Does what the install script of the package `bun` does, whether or not npm lets such scripts run. */
function ensureBun() {
  if (isBunInPlace()) return;
  const script = join(MODULES, "bun", "install.js");
  const result = spawnSync(process.execPath, [script], {
    cwd: ROOT,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (result.status === 0 && isBunInPlace()) return;
  fail(
    `cannot put the pinned Bun in place: ${trouble(result.stderr ?? "")}; delete node_modules and run the command again`,
  );
}

/** Installs what is missing or older than the lock. Returns the path of the pinned Bun. */
export function setUp() {
  if (!isInstalled()) installDependencies();
  ensureBun();
  return BUN;
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) setUp();
