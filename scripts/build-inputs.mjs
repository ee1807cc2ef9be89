/**
 * Tells whether dist/mcpchat is what the sources say: build.ts stores the hash of its inputs beside the
 * executable, and scripts/start.mjs compares. Plain JavaScript: Node runs it too.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

const FILES = ["build.ts", "package.json", "package-lock.json", "tsconfig.json"];
const FOLDERS = ["src", "scripts"];

/** @param {string} root */
function sourceFiles(root) {
  const sources = FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .map((name) => join(root, folder, name))
      .filter((path) => statSync(path).isFile()),
  );
  return [...FILES.map((name) => join(root, name)), ...sources].sort();
}

/**
 * A hash of everything that goes into the executable: paths and contents.
 * @param {string} root
 */
export function hashInputs(root) {
  const hash = createHash("sha256");
  for (const path of sourceFiles(root)) {
    hash.update(path.slice(root.length)).update("\0").update(readFileSync(path)).update("\0");
  }
  return hash.digest("hex");
}

/**
 * Where the executable lies on this platform.
 * @param {string} root
 */
export function executablePath(root) {
  return join(root, "dist", process.platform === "win32" ? "mcpchat.exe" : "mcpchat");
}

/**
 * Where a build goes: this platform's own to where `npm start` looks for it, another platform's or one with an accelerator
 * beside it, under the names of its target and its accelerator. Windows only runs what ends in .exe, and Bun adds that itself
 * if it is missing.
 * @param {string} root
 * @param {{ target?: string | undefined, gpu?: string | undefined, outfile?: string | undefined, ownTarget: string }} options
 */
export function outfileFor(root, { target, gpu, outfile, ownTarget }) {
  if (!target && !gpu) return outfile ? resolve(outfile) : executablePath(root);
  const names = ["mcpchat", target ?? ownTarget, gpu].filter((name) => name !== undefined);
  const path = outfile ? resolve(outfile) : join(root, "dist", names.join("-"));
  return (target ?? ownTarget).includes("windows") && !path.endsWith(".exe") ? `${path}.exe` : path;
}

/**
 * Where the hash of the executable's inputs lies.
 * @param {string} executable
 */
export function inputsPath(executable) {
  return `${executable}.inputs`;
}

/**
 * Whether the executable is there and was built from the sources as they are now.
 * @param {string} root
 */
export function isBuilt(root) {
  const executable = executablePath(root);
  if (!existsSync(executable) || !existsSync(inputsPath(executable))) return false;
  return readFileSync(inputsPath(executable), "utf8").trim() === hashInputs(root);
}
