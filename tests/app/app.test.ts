import { expect, test } from "bun:test";
import { startApp } from "../../src/app/app.ts";
import { createGroupTracker } from "../../src/process/tracker.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

test("a start that fails half way gives back what it has taken", async () => {
  const folder = temporaryFolder();
  const before = console.info;
  const groups = createGroupTracker();
  let observers = 0;
  const observe: typeof groups.observe = () => {
    observers++;
    return () => void observers--;
  };
  const world = {
    env: { HOME: folder, PATH: process.env.PATH },
    cwd: folder,
    signal: new AbortController().signal,
    onInterrupt: () => () => {},
    groups: { ...groups, observe },
  };
  // Options are spread when services are wired, which is after the console was taken.
  const options = {
    world,
    notify: () => {},
    watch: false,
    get storeless(): boolean {
      throw new Error("half way");
    },
  };
  await expect(startApp(options)).rejects.toThrow("half way");
  expect(console.info).toBe(before);
  expect(observers).toBe(0);
});
