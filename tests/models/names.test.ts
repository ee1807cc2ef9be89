import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { fileNameOf, isProjector, readFileName, safeModelName } from "../../src/models/names.ts";

test.each([
  ["m.gguf", { name: "m", part: 1, parts: 1 }],
  ["m.GGUF", { name: "m", part: 1, parts: 1 }],
  ["m-00002-of-00003.gguf", { name: "m", part: 2, parts: 3 }],
  ["m-00001-of-00001.gguf", { name: "m-00001-of-00001", part: 1, parts: 1 }],
  ["m-00004-of-00003.gguf", { name: "m-00004-of-00003", part: 1, parts: 1 }],
  ["m-00000-of-00003.gguf", { name: "m-00000-of-00003", part: 1, parts: 1 }],
  ["m-1-of-3.gguf", { name: "m-1-of-3", part: 1, parts: 1 }],
  ["m.gguf.partial", undefined],
  ["m.bin", undefined],
])("%s is read", (fileName, expected) => {
  expect(readFileName(fileName)).toEqual(expected);
});

test("a file's name is read as it was written", () => {
  const name = fc.string({ minLength: 1 }).map((text) => safeModelName(text) ?? "m");
  const part = fc
    .integer({ min: 2, max: 99_999 })
    .chain((parts) =>
      fc.record({ name, parts: fc.constant(parts), part: fc.integer({ min: 1, max: parts }) }),
    );
  fc.assert(
    fc.property(part, (file) => {
      expect(readFileName(fileNameOf(file))).toEqual(file);
    }),
  );
});

test.each([
  ["mmproj-model-f16", true],
  ["llava-mmproj", true],
  ["model-mmproj-Q8_0", true],
  ["mmprojector", false],
  ["model", false],
])("%s is a projector: %p", (name, expected) => {
  expect(isProjector(name)).toBe(expected);
});

describe("a name made safe", () => {
  test.each([
    ["Qwen3-0.6B-Q4_K_M.gguf", "Qwen3-0.6B-Q4_K_M"],
    ["a model", "a-model"],
    ["../../etc/passwd", "etc-passwd"],
    ["-rf", "rf"],
    ["\u001b[31mred\u202e", "red"],
    ["模型", "模型"],
    ["a\0b", "ab"],
    ["...", undefined],
    ["", undefined],
  ])("%j is %j", (text, expected) => {
    expect(safeModelName(text)).toBe(expected);
  });

  test("is one file in one folder, whatever it was, and stays as it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => {
        const name = safeModelName(text);
        if (name === undefined) return;
        expect(name).not.toMatch(/[/\\\0\p{Cc}\s:*?"<>|]|^[.~-]/u);
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200);
        expect(safeModelName(name)).toBe(name);
      }),
    );
  });
});
