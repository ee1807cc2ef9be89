/**
 * A GGUF file as a description: what it says, before it is bytes. The format is version 3 of
 * https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
 */

/** How the numbers of a tensor are stored; `q8_0` keeps 32 of them as bytes that share a scale. */
export type Encoding = "f32" | "f16" | "q8_0";

export interface Tensor {
  name: string;
  /** Sizes from the innermost dimension on: a row has `shape[0]` numbers. */
  shape: readonly number[];
  encoding: Encoding;
  /** Writes the row of this index into `row`, which is all zeros. Asked once for each row, in any order. */
  fill(row: Float32Array, index: number): void;
}

export type MetadataValue =
  | { type: "u32" | "i32" | "f32" | "u64"; value: number }
  | { type: "bool"; value: boolean }
  | { type: "string"; value: string }
  | { type: "strings"; value: readonly string[] }
  | { type: "i32s" | "f32s"; value: readonly number[] };

export interface Gguf {
  /** In the order of the file. */
  metadata: ReadonlyMap<string, MetadataValue>;
  tensors: readonly Tensor[];
}

/** The numbers that stand for these types in a file. */
export const VALUE_TYPES = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9, u64: 10 } as const;
export const TENSOR_TYPES: Record<Encoding, number> = { f32: 0, f16: 1, q8_0: 8 };

/** `general.file_type` for a model whose matrices are stored so. */
export const FILE_TYPES: Record<Encoding, number> = { f32: 0, f16: 1, q8_0: 7 };

/** Numbers that are stored together, and the bytes that they take. */
export const BLOCKS: Record<Encoding, { numbers: number; bytes: number }> = {
  f32: { numbers: 1, bytes: 4 },
  f16: { numbers: 1, bytes: 2 },
  q8_0: { numbers: 32, bytes: 34 },
};

/** Each tensor begins at a multiple of this, counted from the end of the header. */
export const ALIGNMENT = 32;

/** How many bytes `numbers` numbers take. Throws RangeError when they do not fill their blocks. */
export function encodedBytes(encoding: Encoding, numbers: number): number {
  const block = BLOCKS[encoding];
  if (numbers % block.numbers !== 0)
    throw new RangeError(`${encoding} stores ${block.numbers} numbers at a time, ${numbers} do not fit`);
  return (numbers / block.numbers) * block.bytes;
}

/** How many rows a tensor has. */
export function rowCount(tensor: Tensor): number {
  return tensor.shape.slice(1).reduce((product, size) => product * size, 1);
}

/** The length of a tensor's data, without what aligns the next. */
export function tensorBytes(tensor: Tensor): number {
  return encodedBytes(tensor.encoding, tensor.shape[0] ?? 0) * rowCount(tensor);
}

/** `bytes`, or the next multiple of the alignment. */
export function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
