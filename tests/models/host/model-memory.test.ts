import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { deviceMemory, type Room, roomLeft } from "../../../src/models/host/model-memory.ts";

const GIB = 2 ** 30;
const NONE = { totalBytes: 0, freeBytes: 0 };

function room(changes: Partial<Room>): Room {
  return { totalBytes: 32 * GIB, availableBytes: 30 * GIB, devices: NONE, loadedBytes: 0, ...changes };
}

describe("the room for one more model", () => {
  test("is what is available", () => {
    expect(roomLeft(room({}))).toBe(30 * GIB);
  });

  test("is less by the models that are loaded, though their weights count as free", () => {
    expect(roomLeft(room({ loadedBytes: 20 * GIB }))).toBe(11 * GIB);
  });

  test("is not less by them twice where the system counts them", () => {
    expect(roomLeft(room({ loadedBytes: 20 * GIB, availableBytes: 10 * GIB }))).toBe(10 * GIB);
  });

  test("is also on an accelerator", () => {
    const devices = { totalBytes: 24 * GIB, freeBytes: 22 * GIB };
    expect(roomLeft(room({ devices }))).toBe(52 * GIB);
    expect(roomLeft(room({ devices: { ...devices, freeBytes: 4 * GIB }, loadedBytes: 20 * GIB }))).toBe(
      34 * GIB,
    );
  });

  test("leaves a small machine something, and is never less than none", () => {
    const small = room({ totalBytes: GIB, availableBytes: GIB });
    expect(roomLeft(small)).toBeCloseTo(0.9 * GIB);
    expect(roomLeft({ ...small, loadedBytes: 2 * GIB })).toBe(0);
  });

  test("never grows with what is loaded", () => {
    const bytes = fc.nat();
    fc.assert(
      fc.property(bytes, bytes, bytes, bytes, (totalBytes, availableBytes, one, more) => {
        const left = (loadedBytes: number) => roomLeft(room({ totalBytes, availableBytes, loadedBytes }));
        expect(left(one + more)).toBeLessThanOrEqual(left(one));
        expect(left(one)).toBeLessThanOrEqual(availableBytes);
      }),
    );
  });
});

test.each([
  ["of its own", { total: 24, used: 4, free: 20, unifiedSize: 0 }, { totalBytes: 24, freeBytes: 20 }],
  ["that the processor shares", { total: 16, used: 2, free: 14, unifiedSize: 16 }, NONE],
  ["of which there is none", { total: 0, used: 0, free: 0, unifiedSize: 0 }, NONE],
])("an accelerator's memory %s", async (_name, state, expected) => {
  expect(await deviceMemory({ getVramState: async () => state })).toEqual(expected);
});
