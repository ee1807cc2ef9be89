import { expect, test } from "bun:test";
import fs from "node:fs";
import { join } from "node:path";
import { hashInputs } from "../../scripts/build-inputs.mjs";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

const INPUTS = [
  "build.ts",
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "src/a/b.ts",
  "scripts/c/d.ts",
];

function project(): string {
  const root = temporaryFolder();
  for (const name of INPUTS) {
    fs.mkdirSync(join(root, name, ".."), { recursive: true });
    fs.writeFileSync(join(root, name), name);
  }
  return root;
}

test("the same files have the same hash, wherever they lie", () => {
  expect(hashInputs(project())).toBe(hashInputs(project()));
});

test.each(INPUTS)("a change of %s makes the executable out of date", (name) => {
  const root = project();
  const before = hashInputs(root);
  fs.appendFileSync(join(root, name), " ");
  expect(hashInputs(root)).not.toBe(before);
});

test("so does a file that was added, and what is no input does not", () => {
  const root = project();
  const before = hashInputs(root);
  fs.writeFileSync(join(root, "README.md"), "");
  expect(hashInputs(root)).toBe(before);
  fs.writeFileSync(join(root, "scripts/more.ts"), "");
  expect(hashInputs(root)).not.toBe(before);
});
