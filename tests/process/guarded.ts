/**
 * A program with two stubborn process groups, of which the guard is told, and of the end of one, which it only believes:
 * prints the leader that is still guarded, the one that is not, and the guard. Run by guard.test.ts.
 */
import { createGuard } from "../../src/process/guard.ts";
import { createGroupTracker } from "../../src/process/tracker.ts";
import { firstLine, shell } from "./programs.ts";

const guard = createGuard();
const tracker = createGroupTracker();
tracker.observe(guard);

const script = "trap '' TERM HUP INT; echo ready; while :; do sleep 1; done";
const [guarded, released] = [shell(script), shell(script)];
await Promise.all([firstLine(guarded), firstLine(released)]);
tracker.add(guarded.handle.pid);
const forget = tracker.add(released.handle.pid);
forget();
console.log(`${guarded.handle.pid} ${released.handle.pid} ${guard.pid}`);
setInterval(() => {}, 60_000);
