import { describe, expect, test } from "bun:test";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { readGgufFileInfo } from "node-llama-cpp";
import { rowEncoder } from "../../../scripts/gguf/encoding.ts";
import {
  ALIGNMENT,
  BLOCKS,
  type Encoding,
  encodedBytes,
  type Gguf,
  type MetadataValue,
  type Tensor,
  tensorBytes,
} from "../../../scripts/gguf/format.ts";
import { ggufBytes, ggufHeader, ggufSize, writeGguf } from "../../../scripts/gguf/write.ts";
import { temporaryFolder } from "../../fixtures/temporary-folder.ts";

const float = fc.float({ noNaN: true, noDefaultInfinity: true });
const int = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

const metadataValue: fc.Arbitrary<MetadataValue> = fc.oneof(
  fc.record({ type: fc.constant("u32" as const), value: fc.nat(2 ** 32 - 1) }),
  fc.record({ type: fc.constant("u64" as const), value: fc.maxSafeNat() }),
  fc.record({ type: fc.constant("i32" as const), value: int }),
  fc.record({ type: fc.constant("f32" as const), value: float }),
  fc.record({ type: fc.constant("bool" as const), value: fc.boolean() }),
  fc.record({ type: fc.constant("string" as const), value: fc.string({ unit: "grapheme" }) }),
  fc.record({ type: fc.constant("strings" as const), value: fc.array(fc.string({ unit: "grapheme" })) }),
  fc.record({ type: fc.constant("i32s" as const), value: fc.array(int) }),
  fc.record({ type: fc.constant("f32s" as const), value: fc.array(float) }),
);

const tensor: fc.Arbitrary<Tensor> = fc
  .record({
    name: fc.stringMatching(/^[a-z]{1,8}$/),
    encoding: fc.constantFrom<Encoding>("f32", "f16", "q8_0"),
    columns: fc.integer({ min: 1, max: 4 }),
    rows: fc.integer({ min: 1, max: 5 }),
  })
  .map(({ name, encoding, columns, rows }) => ({
    name,
    encoding,
    shape: [columns * BLOCKS[encoding].numbers, rows],
    fill: (row: Float32Array, index: number) => void row.fill(index + 1),
  }));

const description: fc.Arbitrary<Gguf> = fc.record({
  // The reader makes a tree of what stands between the points of a key; it would not know what it is not meant to.
  metadata: fc
    .dictionary(fc.stringMatching(/^test\.[a-z]{1,12}$/), metadataValue)
    .map(
      (values) =>
        new Map<string, MetadataValue>([["general.architecture", LLAMA], ...Object.entries(values)]),
    ),
  tensors: fc.uniqueArray(tensor, { selector: ({ name }) => name }),
});
const LLAMA: MetadataValue = { type: "string", value: "llama" };

describe("a file", () => {
  test("says to the library's reader what its description says", async () => {
    const file = join(temporaryFolder(), "any.gguf");
    const plain = (value: unknown) => (typeof value === "bigint" ? Number(value) : value);
    await fc.assert(
      fc.asyncProperty(description, async (gguf) => {
        writeFileSync(file, ggufBytes(gguf));
        const info = await readGgufFileInfo(file, { logWarnings: false });
        // The tree of the reader's type knows the keys of real models alone.
        const tree = (info.metadata as unknown as { test?: Record<string, unknown> }).test ?? {};
        for (const [key, { value }] of gguf.metadata) {
          if (key.startsWith("test.")) expect(plain(tree[key.slice(5)])).toEqual(value);
        }
        const told = info.fullTensorInfo?.map(({ name, dimensions, filePart }) => [
          name,
          dimensions.map(Number),
          filePart,
        ]);
        expect(told).toEqual(gguf.tensors.map(({ name, shape }) => [name, [...shape], 1]));
      }),
      { numRuns: 60 },
    );
  });

  test("has each tensor's data where its header says, at a multiple of the alignment", async () => {
    const file = join(temporaryFolder(), "any.gguf");
    await fc.assert(
      fc.asyncProperty(description, async (gguf) => {
        const bytes = ggufBytes(gguf);
        expect(bytes.length).toBe(ggufSize(gguf));
        writeFileSync(file, bytes);
        const start = ggufHeader(gguf).length;
        expect(start % ALIGNMENT).toBe(0);
        const { fullTensorInfo = [] } = await readGgufFileInfo(file, { logWarnings: false });
        for (const [index, told] of fullTensorInfo.entries()) {
          const described = gguf.tensors[index];
          if (!described) throw new Error("more tensors than there are");
          expect(Number(told.offset) % ALIGNMENT).toBe(0);
          const at = start + Number(told.offset);
          const rowBytes = encodedBytes(described.encoding, described.shape[0] ?? 0);
          const expected = new Uint8Array(rowBytes);
          rowEncoder(described.encoding)(new Float32Array(described.shape[0] ?? 0).fill(1), expected);
          expect(bytes.slice(at, at + rowBytes)).toEqual(expected);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("is the same piece by piece as at once, also where a tensor is longer than a piece", async () => {
    const file = join(temporaryFolder(), "large.gguf");
    const fill = (row: Float32Array, index: number) => void row.fill(index);
    const gguf: Gguf = {
      metadata: new Map([["general.architecture", LLAMA]]),
      tensors: [
        { name: "large", shape: [1024, 2500], encoding: "f32", fill },
        { name: "wide", shape: [3_000_000], encoding: "f16", fill },
      ],
    };
    expect(await writeGguf(file, gguf)).toBe(statSync(file).size);
    expect(Bun.hash(readFileSync(file))).toBe(Bun.hash(ggufBytes(gguf)));
    expect(tensorBytes(gguf.tensors[0] ?? failed())).toBe(1024 * 2500 * 4);
  });
});

function failed(): never {
  throw new Error("there is no tensor");
}

describe("numbers", () => {
  test("of q8_0 come back within half a step of their block's scale", () => {
    const block = fc.array(fc.float({ min: -1000, max: 1000, noNaN: true }), {
      minLength: 32,
      maxLength: 32,
    });
    fc.assert(
      fc.property(block, (numbers) => {
        const bytes = new Uint8Array(BLOCKS.q8_0.bytes);
        rowEncoder("q8_0")(Float32Array.from(numbers), bytes);
        const scale = new DataView(bytes.buffer).getFloat16(0, true);
        const back = Array.from(new Int8Array(bytes.buffer, 2), (number) => number * scale);
        const largest = Math.max(...numbers.map(Math.abs));
        for (const [index, number] of numbers.entries()) {
          expect(Math.abs((back[index] ?? 0) - number)).toBeLessThanOrEqual(largest * 0.006 + 1e-5);
        }
      }),
    );
  });

  test("that do not fill their blocks are refused", () => {
    expect(() => encodedBytes("q8_0", 33)).toThrow(RangeError);
  });
});
