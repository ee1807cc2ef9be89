/** From a description to the bytes of a GGUF file, all at once or piece by piece to a file. */
import { open } from "node:fs/promises";
import { rowEncoder } from "./encoding.ts";
import {
  aligned,
  encodedBytes,
  type Gguf,
  type MetadataValue,
  rowCount,
  TENSOR_TYPES,
  type Tensor,
  tensorBytes,
  VALUE_TYPES,
} from "./format.ts";

const VERSION = 3;
/** How much of a tensor is in memory at a time; a row is never cut. */
const CHUNK_BYTES = 4 * 1024 * 1024;

/** How long the file will be. */
export function ggufSize(gguf: Gguf): number {
  return (
    ggufHeader(gguf).length + gguf.tensors.reduce((sum, tensor) => sum + aligned(tensorBytes(tensor)), 0)
  );
}

/** The whole file. For models that fit in memory; the others are for `writeGguf`. */
export function ggufBytes(gguf: Gguf): Uint8Array {
  const bytes = new Uint8Array(ggufSize(gguf));
  let at = 0;
  for (const chunk of ggufChunks(gguf)) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** Writes the file and returns its length in bytes; a few megabytes of it are in memory at a time. */
export async function writeGguf(path: string, gguf: Gguf): Promise<number> {
  await using file = await open(path, "w");
  let length = 0;
  for (const chunk of ggufChunks(gguf)) {
    await file.writeFile(chunk);
    length += chunk.length;
  }
  return length;
}

function* ggufChunks(gguf: Gguf): Generator<Uint8Array> {
  yield ggufHeader(gguf);
  for (const tensor of gguf.tensors) {
    yield* tensorChunks(tensor);
    yield new Uint8Array(aligned(tensorBytes(tensor)) - tensorBytes(tensor));
  }
}

function* tensorChunks(tensor: Tensor): Generator<Uint8Array> {
  const row = new Float32Array(tensor.shape[0] ?? 0);
  const rowBytes = encodedBytes(tensor.encoding, row.length);
  const rows = rowCount(tensor);
  const rowsAtOnce = Math.max(1, Math.floor(CHUNK_BYTES / rowBytes));
  const encode = rowEncoder(tensor.encoding);
  for (let first = 0; first < rows; first += rowsAtOnce) {
    const chunk = new Uint8Array(Math.min(rowsAtOnce, rows - first) * rowBytes);
    for (let at = 0; at < chunk.length; at += rowBytes) {
      tensor.fill(row.fill(0), first + at / rowBytes);
      encode(row, chunk.subarray(at, at + rowBytes));
    }
    yield chunk;
  }
}

/** Everything before the tensors' data, padded to where the first begins. */
export function ggufHeader({ metadata, tensors }: Gguf): Uint8Array {
  const parts = [Buffer.from("GGUF"), u32(VERSION), u64(tensors.length), u64(metadata.size)];
  for (const [key, value] of metadata) parts.push(text(key), ...metadataParts(value));
  let offset = 0;
  for (const tensor of tensors) {
    parts.push(text(tensor.name), u32(tensor.shape.length), ...tensor.shape.map(u64));
    parts.push(u32(TENSOR_TYPES[tensor.encoding]), u64(offset));
    offset += aligned(tensorBytes(tensor));
  }
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([...parts, Buffer.alloc(aligned(length) - length)]);
}

function metadataParts(value: MetadataValue): Buffer[] {
  switch (value.type) {
    case "strings":
      return [...arrayParts("string", value.value.length), ...value.value.map(text)];
    case "i32s":
      return [...arrayParts("i32", value.value.length), Buffer.from(Int32Array.from(value.value).buffer)];
    case "f32s":
      return [...arrayParts("f32", value.value.length), Buffer.from(Float32Array.from(value.value).buffer)];
    default:
      return [u32(VALUE_TYPES[value.type]), scalar(value)];
  }
}

function arrayParts(of: "string" | "i32" | "f32", length: number): Buffer[] {
  return [u32(VALUE_TYPES.array), u32(VALUE_TYPES[of]), u64(length)];
}

function scalar(value: Exclude<MetadataValue, { type: "strings" | "i32s" | "f32s" }>): Buffer {
  switch (value.type) {
    case "u32":
      return u32(value.value);
    case "u64":
      return u64(value.value);
    case "i32":
      return Buffer.from(Int32Array.of(value.value).buffer);
    case "f32":
      return Buffer.from(Float32Array.of(value.value).buffer);
    case "bool":
      return Buffer.of(value.value ? 1 : 0);
    case "string":
      return text(value.value);
  }
}

function u32(value: number): Buffer {
  return Buffer.from(Uint32Array.of(value).buffer);
}

function u64(value: number): Buffer {
  return Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
}

/** Its length in bytes, and its bytes. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u64(bytes.length), bytes]);
}
