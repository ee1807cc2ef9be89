/** Ten seconds of chaos, from the sources as they are; `bun run chaos` makes more of it, with the executable. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { runChaos } from "./chaos.ts";
import { describeOutcome } from "./report.ts";

setDefaultTimeout(180_000);

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

test.skipIf(process.platform !== "linux")("nothing breaks while everything is killed", async () => {
  const seed = Math.floor(Math.random() * 1_000_000);
  // In ten seconds memory has not come to rest; the long run looks at it more closely.
  const tolerance = { rssMiB: 96, openFiles: 8 };
  const outcome = await runChaos({ seconds: 10, seed, command: [process.execPath, MAIN], tolerance });
  if (outcome.broken.length > 0) console.error(describeOutcome(outcome));
  expect(outcome.broken).toEqual([]);
  // A run in which nothing happened would prove nothing.
  expect(outcome.tally.total("kills")).toBeGreaterThan(5);
  expect(outcome.tally.of("turns", "well")).toBeGreaterThan(3);
  expect(outcome.messagesChecked).toBeGreaterThan(10);
});
