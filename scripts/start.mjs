/**
 * `npm start`: sets up, builds dist/mcpchat when it is missing or older than the sources, and runs it with our
 * arguments, streams, signals and exit code. Everything before the run goes to stderr.
 */
import { spawn, spawnSync } from "node:child_process";
import { executablePath, isBuilt } from "./build-inputs.mjs";
import { fail, ROOT, say, setUp } from "./setup.mjs";

/** @param {string} bun */
function build(bun) {
  say("building dist/mcpchat ...");
  const result = spawnSync(bun, ["build.ts"], {
    cwd: ROOT,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (result.status === 0) return;
  process.stderr.write(`${result.stdout ?? ""}${result.stderr ?? ""}`);
  fail("the build failed; run `npm run check` to see why");
}

function run() {
  const child = spawn(executablePath(ROOT), process.argv.slice(2), { stdio: "inherit" });
  // Ctrl-C reaches the child by itself: the terminal sends it to the whole foreground group.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  process.on("SIGHUP", () => child.kill("SIGHUP"));
  child.on("error", (error) => fail(`cannot run dist/mcpchat: ${error.message}; delete dist and try again`));
  child.on("close", (code, signal) => {
    if (!signal) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

const bun = setUp();
if (!isBuilt(ROOT)) build(bun);
run();
