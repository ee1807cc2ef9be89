import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openLogFile } from "../../src/lib/log-file.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

const wall = () => 0;

test("a line of JSON an entry, from the level that is asked for", () => {
  const file = join(temporaryFolder(), "state/log");
  const log = openLogFile({ file, least: "warn", wall });
  log.write("info", { what: "nothing" });
  expect(existsSync(file)).toBe(false);
  log.write("error", { what: "something" });
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
    time: "1970-01-01T00:00:00.000Z",
    level: "error",
    pid: process.pid,
    what: "something",
  });
});

test("off writes nothing", () => {
  const file = join(temporaryFolder(), "log");
  openLogFile({ file, least: "off", wall }).write("error", {});
  expect(existsSync(file)).toBe(false);
});

test("a full file is put aside, and the oldest is forgotten", () => {
  const file = join(temporaryFolder(), "log");
  for (let run = 0; run < 2; run++) {
    const log = openLogFile({ file, least: "info", wall, largestBytes: 200, kept: 2 });
    for (let index = 0; index < 10; index++) log.write("info", { run, index });
  }
  const indexes = [file, `${file}.1`, `${file}.2`].map((name) =>
    readFileSync(name, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).index),
  );
  expect(indexes.flat().every((index) => typeof index === "number")).toBe(true);
  expect(indexes[0]?.at(-1)).toBe(9);
  expect(existsSync(`${file}.3`)).toBe(false);
  for (const name of [file, `${file}.1`, `${file}.2`])
    expect(readFileSync(name).length).toBeLessThanOrEqual(200);
});

test("a log that cannot be written is given up in silence", () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "log"));
  const log = openLogFile({ file: join(folder, "log"), least: "info", wall });
  log.write("error", {});
  log.write("error", {});
});
