/**
 * A program that owns a stubborn process group, as mcpchat does: prints the pids of leader and grandchild, then ends
 * in the way that its argument names. Run by exit.test.ts.
 */
import { createGroupTracker } from "../../src/process/tracker.ts";
import { firstLine, shell } from "./programs.ts";

const tracker = createGroupTracker();
process.on("exit", () => tracker.killAll());
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(1));

const stubborn = "trap '' TERM HUP INT; while :; do sleep 1; done";
const running = shell(`trap '' TERM HUP INT; (${stubborn}) & echo $!; while :; do sleep 1; done`, {
  tracker,
});
const grandchild = await firstLine(running);
console.log(`${running.handle.pid} ${grandchild}`);

const [, , way] = process.argv;
if (way === "throw") throw new Error("uncaught, on purpose");
if (way === "exit") process.exit(0);
// For the ways that are signals: stay until one comes.
setInterval(() => {}, 60_000);
