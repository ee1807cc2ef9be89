import { expect, test } from "bun:test";
import fc from "fast-check";
import { openSchemaCheck } from "../../../src/app/schema-check.ts";
import type { JsonObject } from "../../../src/lib/conversation.ts";
import { bigramModel, randomModel } from "../../fixtures/models/models.ts";
import { Inference, said } from "./inference.ts";
import { schemas } from "./schemas.ts";

const ASKED = [said("user", "who?")];

async function withModel(path: string): Promise<Inference> {
  const inference = new Inference();
  await inference.call("load", { path, options: { contextSize: 2048 } });
  return inference;
}

test("whatever noise answers under a schema meets the schema", async () => {
  const path = await randomModel();
  const inference = await withModel(path);
  const property = fc.asyncProperty(schemas, fc.nat(1000), async (schema, seed) => {
    const check = await openSchemaCheck(schema);
    const more = { schema, sampling: { temperature: 1, seed }, maxTokens: 500 };
    const { text, ended } = await inference.ask(path, ASKED, more);
    expect(ended).toEqual({ type: "done", stopReason: "end" });
    // Noise writes bytes that are no text: one character for the grammar, several for who counts afterwards.
    fc.pre(!text.includes("\ufffd"));
    expect(check(JSON.parse(text))).toBeUndefined();
  });
  // A smaller schema says little more than the one that failed, and takes long to find.
  await fc.assert(property, { numRuns: 100, seed: 20_240_607, endOnFailure: true });
}, 120_000);

test("llama.cpp takes as many repetitions as a schema may ask for", async () => {
  const path = await randomModel();
  const inference = await withModel(path);
  const text = { type: "string" };
  const limits: JsonObject[] = [999, 1000, 1001, 2000, 5000].flatMap((count) => [
    { ...text, maxLength: count },
    { ...text, minLength: count },
    { type: "array", items: text, maxItems: count },
    { type: "array", items: text, minItems: count },
    { type: "array", prefixItems: [text], minItems: count },
    { type: "object", additionalProperties: text, minProperties: count },
    { properties: { a: text }, additionalProperties: text, maxProperties: count },
  ]);
  for (const schema of [...limits, { type: "array", prefixItems: [text], minItems: 600, maxItems: 600 }]) {
    const { ended } = await inference.ask(path, ASKED, { schema, maxTokens: 3 });
    expect({ schema, type: ended.type }).toEqual({ schema, type: "done" });
  }
}, 60_000);

test("a schema of which no grammar can be made is refused, and says why", async () => {
  const path = await bigramModel();
  const inference = await withModel(path);
  const schema = { type: "object", properties: { "a\u0001": {} } };
  const { ended } = await inference.ask(path, ASKED, { schema });
  expect(ended).toEqual({
    type: "failed",
    problem: {
      code: "bad_schema",
      message:
        "no grammar can be made of the schema: a name or value in it holds the control character U+0001",
      advice: "simplify the schema",
    },
  });
});

test("a tool that llama.cpp makes no grammar of can be called all the same", async () => {
  const path = await bigramModel({ toolCall: { name: "endless", arguments: "{}" } });
  const inference = await withModel(path);
  const $defs = {
    one: { anyOf: [{ $ref: "#/$defs/two" }, {}] },
    two: { anyOf: [{ $ref: "#/$defs/one" }, {}] },
  };
  const inputSchema = { type: "object", properties: { a: { $ref: "#/$defs/one" } }, $defs };
  const tools = [{ name: "endless", description: "Refers to itself", inputSchema }];
  const { calls } = await inference.ask(path, ASKED, { tools });
  expect(calls).toEqual([{ name: "endless", arguments: {} }]);
});
