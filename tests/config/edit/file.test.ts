import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { removeServer } from "../../../src/config/edit/edit.ts";
import { editFile, readForEdit } from "../../../src/config/edit/file.ts";
import { temporaryFolder } from "../../fixtures/temporary-folder.ts";

test("a byte order mark stays, once", async () => {
  const file = join(temporaryFolder(), "config.toml");
  writeFileSync(file, '\ufeff# mine\n[mcp.servers.x]\ncommand = "y"\n');
  const text = await editFile(file, readForEdit(file), (before) => removeServer(before, "x"), {});
  expect(text).toBe("# mine\n");
  expect(readFileSync(file)).toEqual(Buffer.from("\ufeff# mine\n"));
});
