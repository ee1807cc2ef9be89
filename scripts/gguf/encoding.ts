/** Numbers as they are stored. Bun runs on little-endian machines alone, as GGUF wants its numbers. */
import { BLOCKS, type Encoding, encodedBytes } from "./format.ts";

/** Writes one row of numbers to `bytes`, which is as long as they take. */
export type RowEncoder = (row: Float32Array, bytes: Uint8Array) => void;

export function rowEncoder(encoding: Encoding): RowEncoder {
  if (encoding === "f32") return (row, bytes) => bytes.set(asBytes(row));
  if (encoding === "f16") return (row, bytes) => bytes.set(asBytes(new Float16Array(row)));
  return encodeQ8;
}

function asBytes(numbers: Float32Array | Float16Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

/** Blocks of a scale and 32 signed bytes, of which the largest is 127. */
function encodeQ8(row: Float32Array, bytes: Uint8Array): void {
  const { numbers } = BLOCKS.q8_0;
  for (let start = 0; start < row.length; start += numbers) {
    const block = row.subarray(start, start + numbers);
    const scale = block.reduce((most, number) => Math.max(most, Math.abs(number)), 0) / 127;
    const at = encodedBytes("q8_0", start);
    bytes.set(asBytes(new Float16Array([scale])), at);
    if (scale === 0) continue;
    const rounded = Int8Array.from(block, (number) => Math.round(number / scale));
    bytes.set(new Uint8Array(rounded.buffer), at + 2);
  }
}
