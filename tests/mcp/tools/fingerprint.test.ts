import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { JsonValue } from "../../../src/lib/conversation.ts";
import { canonicalJson, differenceOf, fingerprintOf } from "../../../src/mcp/client/tools/fingerprint.ts";
import type { ToolDescription } from "../../../src/mcp/client/tools/tools.ts";

const TOOL: ToolDescription = {
  name: "read",
  description: "Reads a file.\nIt must be a text.",
  inputSchema: { type: "object", properties: { path: { type: "string" } }, required: ["path"] },
  annotations: { readOnlyHint: true, title: "Read" },
};

describe("the fingerprint of a tool", () => {
  const changes: [string, Partial<ToolDescription>][] = [
    ["name", { name: "read2" }],
    ["description", { description: "Reads a file.\nIt must be a text. " }],
    ["title", { annotations: { readOnlyHint: true, title: "Reads" } }],
    ["annotations", { annotations: { title: "Read" } }],
    ["input schema", { inputSchema: { type: "object" } }],
    ["output schema", { outputSchema: { type: "object" } }],
  ];

  test.each(changes)("changes with its %s", (_part, change) => {
    expect(fingerprintOf({ ...TOOL, ...change })).not.toBe(fingerprintOf(TOOL));
  });

  test("is the same in whatever order a server lists the keys", () => {
    const { annotations, inputSchema, ...rest } = TOOL;
    const reversed = {
      annotations: { title: "Read", readOnlyHint: true },
      inputSchema: Object.fromEntries(Object.entries(inputSchema).reverse()),
      ...rest,
    };
    expect(fingerprintOf(reversed)).toBe(fingerprintOf(TOOL));
  });

  test("canonical JSON is JSON of the same value, and of that value only", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const [first, second] = [one, other].map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);
        if (first === undefined || second === undefined) return;
        expect(JSON.parse(canonicalJson(first))).toEqual(first as never);
        expect(canonicalJson(first) === canonicalJson(second)).toBe(Bun.deepEquals(first, second));
      }),
    );
  });

  test("a key that objects have by themselves counts like any other", () => {
    const schema = JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}') as ToolDescription["inputSchema"];
    expect(canonicalJson(schema)).toBe('{"__proto__":{"a":1},"constructor":2}');
  });
});

describe("the difference", () => {
  test("names the part, and shows what was and what is", () => {
    const after: ToolDescription = {
      ...TOOL,
      description: "Reads a file.\nIt must be yours.",
      inputSchema: {
        type: "object",
        properties: { path: { type: "string", maxLength: 9 }, "send to": { type: "string" } },
        required: ["path", "send to"],
      },
      annotations: { title: "Read" },
    };
    expect(differenceOf(TOOL, after)).toEqual([
      "- description: It must be a text.",
      "+ description: It must be yours.",
      "- annotations readOnlyHint: true",
      "+ input schema properties.path.maxLength: 9",
      '+ input schema properties."send to": {"type":"string"}',
      '+ input schema required.[1]: "send to"',
    ]);
  });

  test("shows what cannot be seen, on one line each", () => {
    const name = "a\u001b[2J\u202eb\nc";
    const after = { ...TOOL, inputSchema: { ...TOOL.inputSchema, enum: [name], [name]: true } };
    const lines = differenceOf(TOOL, { ...after, description: `${TOOL.description}\u200b` });
    expect(lines.join("\n")).toMatch(/^[ -~\n]*$/);
    expect(lines).toContain("+ description: It must be a text.\\u{200b}");
    expect(lines).toHaveLength(4);
  });

  test("is empty for what is the same, and for nothing else", () => {
    const text = fc.constantFrom("", "a", "b", "a\nb", "b\na\nb");
    const schema = fc.dictionary(text, fc.oneof(text, fc.array(text), fc.dictionary(text, fc.boolean())));
    const tool = fc.record({ description: text, inputSchema: schema, title: text }).map(
      ({ description, inputSchema, title }): ToolDescription => ({
        name: "read",
        description,
        inputSchema: { ...inputSchema },
        annotations: { title },
      }),
    );
    fc.assert(
      fc.property(tool, tool, (one, other) => {
        const same = fingerprintOf(one) === fingerprintOf(other);
        expect(differenceOf(one, other).length === 0).toBe(same);
      }),
    );
  });
});
