/**
 * The chaos test: `bun tests/chaos/main.ts [--seconds 60] [--seed N]`. A conversation with tools goes on while servers,
 * services and mcpchat itself are killed, stopped and starved at random; what must hold all the same is checked.
 * The decisions are the seed's, the timing is the machine's. Exits with 1 when something did not hold.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { executablePath } from "../../scripts/build-inputs.mjs";
import { runChaos } from "./chaos.ts";
import { describeOutcome } from "./report.ts";

const ROOT = join(import.meta.dir, "../..");

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "60" }, seed: { type: "string" } },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
const seconds = Number(values.seconds);
if (!Number.isSafeInteger(seed) || !(seconds > 0)) {
  console.error("chaos: --seconds and --seed are numbers");
  process.exit(2);
}
if (process.platform !== "linux") {
  console.error("chaos: needs Linux, as it looks into /proc");
  process.exit(2);
}
const executable = process.env.MCPCHAT_EXECUTABLE ?? executablePath(ROOT);
if (!existsSync(executable)) {
  console.error(`chaos: there is no ${executable}; build it with: bun run build`);
  process.exit(2);
}
console.log(`chaos for ${seconds} s with the seed ${seed}`);
const tolerance = { rssMiB: 32, openFiles: 4 };
const outcome = await runChaos({ seconds, seed, command: [executable], tolerance });
process.stdout.write(describeOutcome(outcome));
process.exit(outcome.broken.length === 0 ? 0 : 1);
