/**
 * A program with a guard under the shell that its first argument names, and a stopped process group that would make the
 * file of the second one when it is asked to end: prints its leader. Run by continue.test.ts.
 */
import { createGuard } from "../../src/process/guard.ts";
import { createGroupTracker } from "../../src/process/tracker.ts";
import { firstLine, shell } from "./programs.ts";

const [, , guardShell = "", file = ""] = process.argv;
const tracker = createGroupTracker();
tracker.observe(createGuard(guardShell));
// Its last words would go into a pipe that nobody reads any more, which would end it by SIGPIPE.
const script = `exec 2>/dev/null; trap 'echo > "${file}"; exit' TERM; echo ready; while :; do sleep 0.1; done`;
const running = shell(script, { tracker });
await firstLine(running);
process.kill(-running.handle.pid, "SIGSTOP");
console.log(running.handle.pid);
setInterval(() => {}, 60_000);
