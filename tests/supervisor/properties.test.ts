import { expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { runTrace } from "./trace.ts";
import { traces } from "./trace-steps.ts";

setDefaultTimeout(3_600_000);

/** More than the thousand of every run: `TRACES=100000 bun test tests/supervisor/properties.test.ts`. */
const runs = Number(process.env.TRACES ?? 1000);

test(`the supervisor does what the reference model says, and breaks no invariant, on ${runs} random traces`, async () => {
  await fc.assert(
    fc.asyncProperty(traces, async (trace) => {
      const { told, expected, broken } = await runTrace(trace);
      expect(told).toEqual(expected);
      expect(broken).toEqual([]);
    }),
    { numRuns: runs },
  );
});
