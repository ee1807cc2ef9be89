import { expect, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";
import { tidy } from "../../../src/models/natives/tidy.ts";
import { temporaryFolder } from "../../fixtures/temporary-folder.ts";

const HOUR_MS = 3_600_000;
const NOW = Date.UTC(2030, 0, 1);

function folderAged(root: string, name: string, hours: number): string {
  const folder = path.join(root, name);
  fs.mkdirSync(folder);
  fs.writeFileSync(path.join(folder, "file"), "");
  fs.utimesSync(folder, (NOW - hours * HOUR_MS) / 1000, (NOW - hours * HOUR_MS) / 1000);
  return folder;
}

test("what nobody has used for a month goes, what may be in use stays", async () => {
  const root = temporaryFolder();
  folderAged(root, "1.0.0-aaaa", 31 * 24);
  folderAged(root, "1.1.0-bbbb", 29 * 24);
  folderAged(root, ".unpacking-old", 2);
  folderAged(root, ".unpacking-young", 0.5);
  folderAged(root, "1.2.0-cccc", 40 * 24);
  await tidy(root, "1.2.0-cccc", NOW);
  expect(fs.readdirSync(root).sort()).toEqual([".unpacking-young", "1.1.0-bbbb", "1.2.0-cccc"]);
});

test("a version in use is marked as such, once a day", async () => {
  const root = temporaryFolder();
  const usedAt = () => fs.statSync(path.join(root, "1.2.0-cccc")).mtimeMs;
  folderAged(root, "1.2.0-cccc", 23);
  await tidy(root, "1.2.0-cccc", NOW);
  expect(usedAt()).toBe(NOW - 23 * HOUR_MS);
  await tidy(root, "1.2.0-cccc", NOW + 2 * HOUR_MS);
  expect(usedAt()).toBe(NOW + 2 * HOUR_MS);
});

test("a folder that is not there is no fault", async () => {
  const root = path.join(temporaryFolder(), "nothing");
  await tidy(root, "1.2.0-cccc", NOW);
  expect(fs.existsSync(root)).toBe(false);
});
