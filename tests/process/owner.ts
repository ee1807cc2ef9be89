/**
 * A program that owns a stubborn process group, as mcpchat does: prints the pids of leader, grandchild and guard, then
 * ends in the way that its argument names. Run by exit.test.ts.
 */
import { createGuard } from "../../src/process/guard.ts";
import { createGroupTracker } from "../../src/process/tracker.ts";
import { eventually, firstLine, shell } from "./programs.ts";

const guard = createGuard();
const tracker = createGroupTracker();
tracker.observe(guard);
process.on("exit", () => tracker.killAll());
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(1));

const stubborn = "trap '' TERM HUP INT; while :; do sleep 1; done";
const [, , way] = process.argv;
/** As if the end always came before the number of a process is known. */
const silent = { ...tracker, expect: () => ({ ...tracker.expect(), end() {} }), add: () => () => {} };
const running = shell(`trap '' TERM HUP INT; (${stubborn}) & echo $!; while :; do sleep 1; done`, {
  tracker: way === "starting" ? silent : tracker,
});
const grandchild = await firstLine(running);
const first = guard.pid;

if (way === "guardless" && first !== undefined) {
  process.kill(first, "SIGKILL");
  await eventually("another guard takes over", () => guard.pid !== undefined && guard.pid !== first);
}
console.log(`${running.handle.pid} ${grandchild} ${guard.pid}`);
if (way === "throw") throw new Error("uncaught, on purpose");
if (way === "exit") process.exit(0);
// For the ways that are signals: stay until one comes.
setInterval(() => {}, 60_000);
