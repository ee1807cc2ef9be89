import { expect, test } from "bun:test";
import { openSchemaCheck } from "../../src/app/schema-check.ts";
import type { TurnResult } from "../../src/chat/events.ts";
import { readAnswer } from "../../src/chat/schema-answer.ts";
import type { JsonObject } from "../../src/lib/conversation.ts";
import { ExitCode, SchemaError, UsageError } from "../../src/lib/errors.ts";
import { RESULT } from "./reporting.ts";

const SCHEMA = {
  type: "object",
  properties: { day: { type: "string", format: "date" }, n: { type: "integer", minimum: 1 } },
  required: ["n"],
  additionalProperties: false,
};

async function read(text: string, more: Partial<TurnResult> = {}, schema: object = SCHEMA) {
  const check = await openSchemaCheck({ ...schema });
  return readAnswer({ ...RESULT, ...more, text }, check);
}

test("an answer of the schema is the value that it says", async () => {
  expect(await read(' {"n": 2,\n "day": "2024-02-29"}\n')).toEqual({ n: 2, day: "2024-02-29" });
  expect(await read("null", {}, {})).toBeNull();
  expect(
    await read("[1]", {}, { $schema: "http://json-schema.org/draft-07/schema#", type: "array" }),
  ).toEqual([1]);
});

test.each<[string, Partial<TurnResult>, string]>([
  ["oops", {}, "the answer does not match the schema: it is not JSON"],
  ["", {}, "the answer does not match the schema: it is not JSON"],
  [
    '{"n": 2',
    { stopReason: "max_tokens" },
    "the answer does not match the schema: it was cut at the limit of tokens",
  ],
  ['{"n": 0}', {}, "the answer does not match the schema: data/n must be >= 1"],
  ['{"n": 1, "m": 2}', {}, "the answer does not match the schema: data must NOT have additional properties"],
  [
    '{"n": 1, "day": "2023-02-29"}',
    {},
    'the answer does not match the schema: data/day must match format "date"',
  ],
])("%s is told for what it lacks, with exit code 9", async (text, more, message) => {
  const error = await read(text, more).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SchemaError);
  expect(error).toMatchObject({ message, exitCode: ExitCode.schema, code: "schema" });
});

test.each<[JsonObject, string]>([
  [{ type: "strin" }, "type must be"],
  [{ $ref: "#/$defs/nowhere" }, "can't resolve reference"],
  [{ pattern: "(" }, "Invalid regular expression"],
  [{ $schema: "http://json-schema.org/draft-04/schema#" }, "unsupported dialect"],
])("%j is no schema", async (schema, words) => {
  const error = await openSchemaCheck(schema).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UsageError);
  expect(String(error)).toContain("--schema is no JSON Schema: ");
  expect(String(error)).toContain(words);
});

test("Ajv's own keyword for promises is none of JSON Schema's", async () => {
  const check = await openSchemaCheck({ $async: true, type: "integer" });
  expect([check(1), check("x")]).toEqual([undefined, "data must be integer"]);
});
