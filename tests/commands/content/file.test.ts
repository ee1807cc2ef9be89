import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { destination, save } from "../../../src/commands/content/file.ts";
import { temporaryFolder } from "../../fixtures/temporary-folder.ts";

test("several contents are saved beside each other, and only what was named is replaced", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "x.png"), "old");
  writeFileSync(join(folder, "x-2.png"), "mine");
  const to = destination("x.png", folder, { quiet: true });
  if (!to) throw new Error("there is no destination");
  await save(to, [
    { bytes: "one", type: "image/png" },
    { bytes: "two", type: "image/png" },
    { bytes: "three", type: "image/png" },
  ]);
  const held = ["x.png", "x-2.png", "x-3.png", "x-4.png"].map((file) =>
    readFileSync(join(folder, file), "utf8"),
  );
  expect(held).toEqual(["one", "mine", "two", "three"]);
});
