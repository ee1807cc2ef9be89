/** Small and large pictures that are really what they say, made here: no file of another project is needed. */
import { deflateSync } from "node:zlib";

/** A PNG of noise, which no packing makes smaller: about three bytes a pixel. */
export function noisyPng(width: number, height: number): Uint8Array {
  const row = 1 + width * 3;
  const pixels = noise(row * height);
  for (let y = 0; y < height; y++) pixels[y * row] = 0;
  return png(width, height, pixels);
}

/** A PNG of one colour. */
export function plainPng(width = 2, height = 2): Uint8Array {
  return png(width, height, new Uint8Array((1 + width * 3) * height));
}

function png(width: number, height: number, pixels: Uint8Array): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Eight bits a channel, three of them.
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const parts = [
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(pixels, { level: 1 })),
    chunk("IEND", Buffer.of()),
  ];
  return Buffer.concat([signature, ...parts]);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(Bun.hash.crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = 1;
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

/** The smallest PDF there is, and as many bytes of filling as are wanted. */
export function pdf(filling = 0): Uint8Array {
  return Buffer.concat([
    Buffer.from("%PDF-1.4\n%"),
    Buffer.alloc(filling, 0x41),
    Buffer.from("\ntrailer<<>>\n%%EOF\n"),
  ]);
}
