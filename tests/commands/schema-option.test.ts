import { describe, expect, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";
import { openSchemaCheck } from "../../src/app/schema-check.ts";
import { readSchema } from "../../src/commands/schema-option.ts";
import { UsageError } from "../../src/lib/errors.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

function refusalOf(value: string): UsageError {
  try {
    readSchema(value);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error(`taken: ${value}`);
}

describe("--schema", () => {
  test.each(["true", "false", "null", "[]", "5", '"text"'])("%s is JSON, and no object", (value) => {
    expect(refusalOf(value).message).toBe("--schema: the schema has to be a JSON object");
  });

  test.each(["", " ", "@"])("%j is empty", (value) => {
    expect(refusalOf(value).message).toBe("--schema is empty");
  });

  test("a file may be called as JSON is written", () => {
    const folder = temporaryFolder();
    fs.writeFileSync(path.join(folder, "[schema].json"), '{"type":"object"}');
    expect(readSchema(path.join(folder, "[schema].json"))).toEqual({ type: "object" });
    expect(refusalOf("[schema].json").message).toBe("[schema].json: there is no such file");
    expect(refusalOf("@true").message).toBe("true: there is no such file");
  });
});

describe("the dialect of a schema", () => {
  test("that is not known is refused with those that are", async () => {
    const error = await openSchemaCheck({ $schema: "http://json-schema.org/draft-04/schema#" }).catch(
      (e) => e,
    );
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toBe(
      "--schema is no JSON Schema: its $schema, http://json-schema.org/draft-04/schema#, is not known here",
    );
    expect(error.advice).toContain("2020-12, 2019-09, draft-07 and draft-06");
  });

  test.each(["draft/2020-12", "draft/2019-09", "draft-07", "draft-06"])("%s is known", async (name) => {
    for (const uri of [`https://json-schema.org/${name}/schema`, `http://json-schema.org/${name}/schema#`]) {
      expect((await openSchemaCheck({ $schema: uri, type: "integer" }))(1)).toBeUndefined();
    }
  });
});
