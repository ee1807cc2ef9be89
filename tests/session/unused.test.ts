import { expect, test } from "bun:test";
import { openStore } from "../../src/session/store.ts";
import { FakeClock } from "../fixtures/fake-clock.ts";
import { databaseFile } from "./rig.ts";

const DAY_MS = 24 * 60 * 60_000;

test("what is known of a server is forgotten after ninety days without use", async () => {
  const file = databaseFile();
  const clock = new FakeClock();
  const legacy = () => ({ era: { kind: "legacy" as const }, until: clock.wall() + DAY_MS });
  const run = (key: string) => {
    const store = openStore(file, clock);
    store.kept.toolLists.put(key, { tools: [], fetchedAt: clock.wall() });
    store.kept.eras.put(key, legacy());
    const known = ["one", "two"].map((of) => [
      store.kept.toolLists.get(of) !== undefined,
      store.kept.eras.get(of) !== undefined,
    ]);
    store.close();
    return known;
  };
  run("one");
  await clock.advance(89 * DAY_MS);
  expect(run("two")).toEqual([
    [true, true],
    [true, true],
  ]);
  await clock.advance(3 * DAY_MS);
  expect(run("two")).toEqual([
    [false, false],
    [true, true],
  ]);
});
