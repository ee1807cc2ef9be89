import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createLineFramer, LineTooLong } from "../../../src/mcp/client/link/framing.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** The bytes in pieces, cut at these places. */
function cut(data: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places.map((place) => Math.min(place, data.length)).sort((a, b) => a - b), data.length];
  return ends.map((end, index) => data.subarray(ends[index - 1] ?? 0, end));
}

describe("lines out of bytes", () => {
  const line = fc
    .string({ unit: "binary", maxLength: 30 })
    .map((text) => text.replace(/[\r\n\ufeff]/gu, "_"));
  const lines = fc.array(line, { maxLength: 10 });
  const places = fc.array(fc.nat(400), { maxLength: 20 });

  test.each(["\n", "\r\n"])("are the same however the bytes are cut, with line ends %j", (end) => {
    fc.assert(
      fc.property(lines, places, (expected, cuts) => {
        const framer = createLineFramer(10_000);
        const data = bytes(expected.map((text) => text + end).join(""));
        expect(cut(data, cuts).flatMap((chunk) => framer.push(chunk))).toEqual(expected);
      }),
    );
  });

  test("an unfinished line is kept back", () => {
    const framer = createLineFramer(100);
    expect(framer.push(bytes("one\ntwo"))).toEqual(["one"]);
    expect(framer.push(bytes(" more\n"))).toEqual(["two more"]);
  });

  test("a line at the cap passes, one byte more does not, finished or not", () => {
    const framer = createLineFramer(10);
    expect(framer.push(bytes(`${"x".repeat(10)}\n`))).toHaveLength(1);
    expect(() => createLineFramer(10).push(bytes(`${"x".repeat(11)}\n`))).toThrow(LineTooLong);
    framer.push(bytes("xxxxxx"));
    expect(() => framer.push(bytes("xxxxx"))).toThrow(LineTooLong);
  });

  // Joining 32,000 pieces one by one would copy half a terabyte, which outlasts any limit on the time of a test.
  test("time grows with the size, not with its square", () => {
    const framer = createLineFramer(2 ** 26);
    const chunk = new Uint8Array(1024).fill(120);
    for (let sent = 0; sent < 2 ** 25; sent += chunk.length) framer.push(chunk);
    const [text] = framer.push(bytes("\n"));
    expect(text).toHaveLength(2 ** 25);
  });
});
