import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { bigramModel } from "../../../scripts/gguf/bigram.ts";
import type { MetadataValue } from "../../../scripts/gguf/format.ts";
import { ggufBytes, ggufHeader } from "../../../scripts/gguf/write.ts";
import { checkHeader, HeaderFault } from "../../../src/models/host/gguf-header.ts";
import { SENTENCE } from "../../fixtures/models/models.ts";
import { Inference } from "./inference.ts";

setDefaultTimeout(60_000);

const SOUND = bigramModel({ sentence: SENTENCE });
const HEADER = Buffer.from(ggufHeader(SOUND));
const HUGE = 2 ** 40;

/** What is wrong with these bytes, and the most that was read at once. */
function check(bytes: Buffer, size = bytes.length): { kind: HeaderFault["kind"] | "sound"; most: number } {
  let most = 0;
  const read = (start: number, length: number) => {
    most = Math.max(most, length);
    return bytes.subarray(start, start + length);
  };
  try {
    checkHeader({ size, read });
    return { kind: "sound", most };
  } catch (error) {
    if (!(error instanceof HeaderFault)) throw error;
    return { kind: error.kind, most };
  }
}

/** A file of version 3 (of GGUF) that begins with these numbers: four bytes each, or eight for a bigint. */
function file(...numbers: (number | bigint | string)[]): Buffer {
  const parts = numbers.map((value) => {
    if (typeof value === "string") return Buffer.concat([long(value.length), Buffer.from(value)]);
    return typeof value === "bigint" ? long(Number(value)) : Buffer.from(Uint32Array.of(value).buffer);
  });
  return Buffer.concat([Buffer.from("GGUF"), Buffer.from(Uint32Array.of(3).buffer), ...parts]);
}

function long(value: number): Buffer {
  return Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
}

const huge = BigInt(HUGE);

describe("a header", () => {
  test("that is sound is, in pieces of a fixed size", () => {
    expect(check(HEADER).kind).toBe("sound");
    const large = bigramModel({
      sentence: Array.from({ length: 40_000 }, (_, index) => `w${index}`).join(" "),
    });
    const { kind, most } = check(Buffer.from(ggufHeader(large)));
    expect(kind).toBe("sound");
    expect(most).toBeLessThanOrEqual(2 ** 20);
  });

  test("that is cut off anywhere is cut off", () => {
    const end = ggufHeader({ metadata: SOUND.metadata, tensors: [] }).length;
    fc.assert(
      fc.property(fc.integer({ min: 4, max: end }), (length) => {
        expect(check(HEADER.subarray(0, length)).kind).toBe("truncated");
        // Of a file that has become shorter while it was read.
        expect(check(HEADER.subarray(0, length), HEADER.length).kind).toBe("truncated");
      }),
    );
  });

  test.each<[string, Buffer]>([
    ["2^40 entries", file(0n, huge)],
    ["2^40 tensors", file(huge, 0n)],
    ["a key of 2^40 bytes", file(0n, 1n, huge)],
    ["a text of 2^40 bytes", file(0n, 1n, "general.name", 8, huge)],
    ["an array of 2^40 numbers", file(0n, 1n, "general.x", 9, 0, huge)],
    ["an array of 2^40 texts", file(0n, 1n, "general.x", 9, 8, huge)],
    ["an array of arrays", file(0n, 1n, "general.x", 9, 9, 1n)],
    ["a type that does not exist", file(0n, 1n, "general.x", 13)],
    ["a tensor of 2^31 dimensions", file(1n, 0n, "weights", 2 ** 31)],
    ["40 000 000 values", Buffer.concat([file(0n, 1n, "x", 9, 0, 40_000_000n), Buffer.alloc(40_000_000)])],
  ])("with %s is damaged", (_name, bytes) => {
    expect(check(bytes).kind).toBe("damaged");
  });

  test.each([0, 1, 4, 99, 3 * 2 ** 24])("of version %i is of no use", (version) => {
    const bytes = Buffer.from(HEADER);
    bytes.writeUInt32LE(version, 4);
    expect(check(bytes).kind).toBe("unsupported");
  });

  test.each(["", "GG", "GGML", "a text, and no model"])("is not in %p", (text) => {
    expect(check(Buffer.from(text)).kind).toBe("not_gguf");
  });

  test("of any bytes is read to an end", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        check(Buffer.concat([HEADER.subarray(0, 8), bytes]));
        check(Buffer.from(bytes));
      }),
    );
  });
});

const SIMPLE = /^(number|string|boolean)$/;

/** What the process says of a file with these bytes: what it says of the model, or a problem with words of its own. */
async function tellsSense(inference: Inference, bytes: Uint8Array): Promise<void> {
  const path = join(inference.folder, "model.gguf");
  writeFileSync(path, bytes);
  const answer = await inference.call("info", { path, options: {} }).catch((problem: unknown) => problem);
  if (typeof answer !== "object" || answer === null) throw new Error("no answer");
  if ("code" in answer) {
    expect(answer.code).toBeOneOf(["not_gguf", "truncated", "unsupported"]);
    return;
  }
  for (const value of Object.values(answer)) expect(typeof value).toMatch(SIMPLE);
  expect(Object.keys(answer)).toContain("memoryBytes");
}

describe("the inference process makes sense of", () => {
  test("sound files with damaged headers", async () => {
    const inference = new Inference();
    const sound = ggufBytes(SOUND);
    const damage = fc.record({
      at: fc.nat({ max: HEADER.length - 9 }),
      bytes: fc.oneof(
        fc.uint8Array({ minLength: 1, maxLength: 8 }),
        fc.constant(new Uint8Array(8).fill(255)),
      ),
    });
    const damages = fc.array(damage, { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(damages, async (each) => {
        const bytes = Uint8Array.from(sound);
        for (const { at, bytes: written } of each) bytes.set(written, at);
        await tellsSense(inference, bytes);
      }),
      { numRuns: 300 },
    );
    expect(await inference.end()).toBe(0);
  });

  test("values of any type wherever they are", async () => {
    const inference = new Inference();
    const values: MetadataValue[] = [
      { type: "string", value: "x" },
      { type: "strings", value: ["a"] },
      { type: "i32", value: -5 },
      { type: "u32", value: 2 ** 32 - 1 },
      { type: "f32", value: Number.NaN },
      { type: "u64", value: 2 ** 52 },
      { type: "i32s", value: [1, 2] },
    ];
    const keys = [...SOUND.metadata.keys(), "llama.vocab_size", "general.alignment", "llama", "__proto__.x"];
    for (const key of keys) {
      for (const value of values) {
        const metadata = new Map(SOUND.metadata).set(key, value);
        await tellsSense(inference, ggufBytes({ ...SOUND, metadata }));
      }
    }
    expect(await inference.end()).toBe(0);
  });

  test("a part that is missing", async () => {
    const inference = new Inference();
    const path = join(inference.folder, "large-00001-of-99999.gguf");
    writeFileSync(path, ggufBytes(SOUND));
    const problem = await inference.call("info", { path, options: {} }).catch((error: unknown) => error);
    expect(problem).toMatchObject({ code: "missing", message: expect.stringContaining("-00002-of-99999") });
  });
});
