import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { errorOutcome, toOutcome } from "../../src/mcp/client/calls/outcome.ts";
import { describeFailure } from "../../src/mcp/client/failure.ts";
import { escapeInvisible, oneLine, tellingLines, truncate } from "../../src/mcp/client/text.ts";
import { describeTools } from "../../src/mcp/client/tools/tools.ts";
import { ProcessCrash } from "../../src/process/errors.ts";

describe("hostile text", () => {
  test("nothing invisible is left for the model", () => {
    expect(escapeInvisible("a\u0000b\u001b[31m\u0085\u200b\u202e\ufeff\u{e0041}\r\n\tc")).toBe(
      "a\\u{0}b\\u{1b}[31m\\u{85}\\u{200b}\\u{202e}\\u{feff}\\u{e0041}\n\tc",
    );
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(escapeInvisible(text)).not.toMatch(/[\p{Cf}]|[^\P{Cc}\t\n]/u);
      }),
    );
    // Fillers, and selectors, of which a run can spell a whole text; an emoji keeps its one.
    expect(escapeInvisible("a\u3164\u115f\u034f\ufe00\ufe0f\u2764\ufe0f\ufe0f")).toBe(
      "a\\u{3164}\\u{115f}\\u{34f}\\u{fe00}\\u{fe0f}\u2764\ufe0f\\u{fe0f}",
    );
  });

  test("one line is one line, without escape sequences, and not longer than it may be", () => {
    expect(oneLine("\u001b[31mred\u001b[0m\n  and \u001b]0;title\u0007more")).toBe("red and more");
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 50 }), (text, length) => {
        const line = oneLine(text, length);
        expect(line).not.toMatch(/\p{Cc}/u);
        expect(line.length).toBeLessThanOrEqual(length);
      }),
    );
  });

  test("half of a surrogate pair is no character", () => {
    const text = "a\ud83d b";
    expect(toOutcome({ content: [{ type: "text", text }] })).toEqual({
      content: "a\ufffd b",
      isError: false,
      original: text,
    });
    expect(errorOutcome("\ude00").content).toBe("\ufffd");
    const inputSchema = { type: "object" as const, properties: { a: { description: "x\ud83d" } } };
    const [tool] = describeTools([{ name: "t", description: "y\ud83d", inputSchema }]);
    expect(tool?.description).toBe("y\ufffd");
    expect(tool?.inputSchema).toEqual({ type: "object", properties: { a: { description: "x\ufffd" } } });
  });

  test("a pair of surrogates is not cut in two", () => {
    const whole = toOutcome({ content: [{ type: "text", text: "ab\u{1f600}cd" }] }, 3);
    expect(whole.content).toBe("ab\n[4 more characters left out]");
    expect(toOutcome({ content: [{ type: "text", text: "ab\u{1f600}cd" }] }, 4).content).toBe(
      "ab\u{1f600}\n[2 more characters left out]",
    );
    expect(truncate("ab\u{1f600}cd", 4)).toBe("ab…");
    expect(truncate("abcd", 4)).toBe("abcd");
  });
});

describe("why a server failed", () => {
  test("is in the lines that tell something", () => {
    const stack = ["node:internal/modules:1", "  throw err;", "  ^", "", "Error: Cannot find module 'x'"];
    const lines = [
      ...stack,
      "    at load (node:1:2) {",
      "  code: 'MODULE_NOT_FOUND'",
      "}",
      "",
      "Node.js v20.20.2",
    ];
    expect(tellingLines(lines, 1)).toEqual(["Error: Cannot find module 'x'"]);
    expect(tellingLines(["  indented only"])).toEqual(["  indented only"]);
  });

  test("is one line with the code, the signal, and the last words, through every wrapper", () => {
    const crash = new ProcessCrash(1, undefined, ["\u001b[31mno settings\u001b[0m"]);
    expect(describeFailure(crash)).toBe("exit 1: no settings");
    expect(describeFailure(new Error("outer", { cause: crash }))).toBe("exit 1: no settings");
    expect(describeFailure(new ProcessCrash(undefined, "SIGSEGV", []))).toBe("killed by SIGSEGV");
  });
});

test("tools: the first of a name counts, and what is hidden in their schemas is made visible", () => {
  const inputSchema = {
    type: "object" as const,
    properties: { "a\u200b": { type: "string", description: "hidden\u200b", enum: ["x\u{e0041}", 1, null] } },
  };
  const [tool, ...others] = describeTools([
    { name: "a", title: "A\u202e", inputSchema, annotations: { readOnlyHint: true, openWorldHint: true } },
    { name: "a", inputSchema },
  ]);
  expect(others).toEqual([]);
  expect(tool).toEqual({
    name: "a",
    description: "",
    inputSchema: {
      type: "object",
      properties: {
        "a\\u{200b}": { type: "string", description: "hidden\\u{200b}", enum: ["x\\u{e0041}", 1, null] },
      },
    },
    annotations: { readOnlyHint: true, title: "A\\u{202e}" },
  });
});
