import { expect, spyOn, test } from "bun:test";
import { openSchemaCheck } from "../../src/app/schema-check.ts";
import type { TurnResult } from "../../src/chat/events.ts";
import { readAnswer } from "../../src/chat/schema-answer.ts";
import type { JsonObject } from "../../src/lib/conversation.ts";
import { describeError, ExitCode, SchemaError, UsageError } from "../../src/lib/errors.ts";
import { jsonText } from "../../src/lib/json-text.ts";
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

test("a number is what the model wrote, also where JavaScript has none like it", async () => {
  const json = '{"id":12345678901234567890,"half":0.50,"huge":1e400,"n":3}';
  expect(jsonText(await read(json, {}, { type: "object" }))).toBe(json);
});

test("an answer that goes on with one that broke off is read with it", async () => {
  expect(await read("2}", { before: '{"n": ' })).toEqual({ n: 2 });
  expect(await read('{"n": 2}', { before: "Well:" })).toEqual({ n: 2 });
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
  expect(String(describeError(error))).toEndWith("with --json, `text` is what the model wrote");
});

test.each<[JsonObject, string]>([
  [{ type: "strin" }, "type must be"],
  [{ $ref: "#/$defs/nowhere" }, "can't resolve reference"],
  [{ pattern: "(" }, "Invalid regular expression"],
  [{ $schema: "http://json-schema.org/draft-04/schema#" }, "is not known here"],
])("%j is no schema", async (schema, words) => {
  const error = await openSchemaCheck(schema).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UsageError);
  expect(String(error)).toContain("--schema is no JSON Schema: ");
  expect(String(error)).toContain(words);
});

test.each<[JsonObject, string]>([
  [nested(1500), "--schema is no JSON Schema: it is nested too deeply, or refers to itself without end"],
  [{ $ref: "#/$defs/\u001b[31mno\nwhere" }, "can't resolve reference #/$defs/no where from id #"],
  [{ $ref: `#/$defs/${"x".repeat(9000)}` }, "xxx…"],
])("a complaint is one line, and Ajv says nothing by itself", async (schema, end) => {
  const said = spyOn(console, "error");
  const error = await openSchemaCheck(schema).catch((thrown: unknown) => thrown);
  expect(said).not.toHaveBeenCalled();
  said.mockRestore();
  expect(error).toBeInstanceOf(UsageError);
  expect(describeError(error)).toEndWith(end);
  expect(describeError(error).length).toBeLessThan(400);
});

test("a format that Ajv does not know is passed over in silence", async () => {
  const said = spyOn(console, "warn");
  const check = await openSchemaCheck({ type: "string", format: "bo\u001b[31mgus" });
  expect(check("x")).toBeUndefined();
  expect(said).not.toHaveBeenCalled();
  said.mockRestore();
});

test("all that a value lacks is one line that ends", async () => {
  const names = Array.from({ length: 1000 }, (_, number) => `name\u001b[31m\n${number}`);
  const complaint = (await openSchemaCheck({ type: "object", required: names }))({});
  expect(complaint).toStartWith("data must have required property 'name 0', data must have");
  expect(complaint?.length).toBeLessThanOrEqual(300);
});

test("a schema without an end is refused, at the latest where a value leads there", async () => {
  const endless = "--schema: the schema refers to itself without end";
  await expect(openSchemaCheck({ $ref: "#" })).rejects.toThrow(new UsageError(endless));
  const $defs = { a: { allOf: [{ $ref: "#/$defs/b" }] }, b: { allOf: [{ $ref: "#/$defs/a" }] } };
  const items = { $ref: "#/$defs/a" };
  const check = await openSchemaCheck({ type: "array", items, $defs });
  expect(check([])).toBeUndefined();
  expect(() => check([1])).toThrow(new UsageError(endless));
});

function nested(depth: number): JsonObject {
  let schema: JsonObject = { type: "string" };
  for (let level = 0; level < depth; level++) schema = { type: "object", properties: { a: schema } };
  return schema;
}

test("Ajv's own keyword for promises is none of JSON Schema's", async () => {
  const check = await openSchemaCheck({ $async: true, type: "integer" });
  expect([check(1), check("x")]).toEqual([undefined, "data must be integer"]);
});
