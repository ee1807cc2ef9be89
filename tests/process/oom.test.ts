import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { outOfMemoryKills } from "../../src/process/oom.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

test("the count of the system is read, and is unknown where there is none", () => {
  const file = join(temporaryFolder(), "vmstat");
  expect(outOfMemoryKills(file)).toBeUndefined();
  writeFileSync(file, "pgfault 7\noom_kill 12\nnuma_hit 3\n");
  expect(outOfMemoryKills(file)).toBe(12);
  writeFileSync(file, "pgfault 7\n");
  expect(outOfMemoryKills(file)).toBeUndefined();
});
