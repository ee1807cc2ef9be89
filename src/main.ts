/** The entry: arguments in, exit code out. Nothing else ends the process. */
import { version } from "./lib/version.ts";

const argv = process.argv.slice(2);

/** Everything that --version does not need is imported after it is told. */
async function main(): Promise<number> {
  const { runCli } = await import("./cli.ts");
  const { listenToSignals } = await import("./app/signals.ts");
  const { createGroupTracker } = await import("./process/tracker.ts");
  const { createGuard } = await import("./process/guard.ts");
  const { reportFailure } = await import("./app/failure.ts");
  // Libraries print through console: on stdout that would end up in the user's pipe.
  console.log = console.info = console.debug = console.error;
  const groups = createGroupTracker();
  groups.observe(createGuard());
  process.on("exit", () => groups.killAll());
  process.on("uncaughtException", (error) => process.exit(reportFailure(error)));
  process.on("unhandledRejection", (error) => process.exit(reportFailure(error)));
  const { signal, onInterrupt } = listenToSignals((error) => process.exit(error.exitCode));
  try {
    return await runCli(argv, { env: process.env, cwd: process.cwd(), signal, onInterrupt, groups });
  } catch (error) {
    return reportFailure(error);
  }
}

/** Parts of mcpchat that are processes of their own: the same executable, started by itself. */
const PARTS: ReadonlyMap<string, () => Promise<number>> = new Map([
  ["__inference", async () => (await import("./models/host/main.ts")).runHost()],
  ["__clock", async () => (await import("./mcp/builtin/clock.ts")).runClock()],
]);

const part = PARTS.get(argv[0] ?? "");
if (argv[0] === "--version" || argv[0] === "-V") console.log(version);
else process.exit(await (part ?? main)());
