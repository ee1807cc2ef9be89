import { expect, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";
import { contextFile, contextsFolder, removeContexts, sweepContexts } from "../../src/app/contexts.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

/** A folder of contexts, and a model. */
function place() {
  const dataFolder = path.join(temporaryFolder(), "data");
  const model = path.join(path.dirname(dataFolder), "m.gguf");
  fs.writeFileSync(model, "weights");
  return { folder: contextsFolder({ dataFolder }), model };
}

/** A context of so many bytes that was used `age` seconds ago. */
function keep(folder: string, name: string, bytes: number, age: number): void {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, name), "x".repeat(bytes));
  const at = 1_700_000_000 - age;
  fs.utimesSync(path.join(folder, name), at, at);
}

test("a session has a file for each model, which is another one when the model changes", () => {
  const { folder, model } = place();
  const file = contextFile(folder, "s1", model);
  expect(path.dirname(file)).toBe(folder);
  expect(path.basename(file)).toMatch(/^s1\.[0-9a-f]{16}$/);
  expect(fs.statSync(folder).mode & 0o777).toBe(0o700);
  expect(contextFile(folder, "s1", model)).toBe(file);
  expect(contextFile(folder, "s2", model)).not.toBe(file);
  fs.writeFileSync(model, "other weights");
  expect(contextFile(folder, "s1", model)).not.toBe(file);
});

test("a model whose file is gone has none", () => {
  const { folder, model } = place();
  fs.rmSync(model);
  expect(() => contextFile(folder, "s1", model)).toThrow("ENOENT");
});

test("what is kept of a session goes with it, and nothing else", () => {
  const { folder } = place();
  removeContexts(folder, "s1");
  for (const name of ["s1.a", "s1.b", "s10.a", "s2.a"]) keep(folder, name, 1, 0);
  removeContexts(folder, "s1");
  expect(fs.readdirSync(folder).sort()).toEqual(["s10.a", "s2.a"]);
});

test("the newest are kept, as many as there is room for", () => {
  const { folder } = place();
  sweepContexts(folder, 10);
  keep(folder, "oldest.a", 1, 40);
  keep(folder, "old.a", 4, 30);
  keep(folder, "new.a", 4, 20);
  keep(folder, "newest.a", 4, 10);
  sweepContexts(folder, 12);
  expect(fs.readdirSync(folder).sort()).toEqual(["new.a", "newest.a", "old.a"]);
  sweepContexts(folder, 12);
  expect(fs.readdirSync(folder)).toHaveLength(3);
  sweepContexts(folder, 7);
  expect(fs.readdirSync(folder)).toEqual(["newest.a"]);
});

test("what belongs together is as old as its newest part, and goes together", () => {
  const { folder } = place();
  keep(folder, "one.a", 4, 40);
  keep(folder, "one.a.json", 1, 10);
  keep(folder, "two.a", 4, 20);
  keep(folder, "two.a.json", 1, 20);
  sweepContexts(folder, 9);
  expect(fs.readdirSync(folder).sort()).toEqual(["one.a", "one.a.json"]);
});

test("what a killed process left half-written goes after an hour, and takes nothing with it", () => {
  const { folder } = place();
  keep(folder, "one.a", 4, 10);
  keep(folder, "one.a.77.tmp", 4, 4000);
  fs.writeFileSync(path.join(folder, "two.a.78.tmp"), "being written");
  sweepContexts(folder, 4);
  expect(fs.readdirSync(folder).sort()).toEqual(["one.a", "two.a.78.tmp"]);
});
