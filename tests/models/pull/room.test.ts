/** How often the disk is looked at while a model of unknown size comes. */
import { expect, test } from "bun:test";
import { watchGrowth } from "../../../src/models/pull/room.ts";

const MIB = 1024 * 1024;

function watched(freeBytes: number | undefined) {
  const disk = { looks: 0, freeBytes: freeBytes ?? 0 };
  const check = watchGrowth({
    name: "tiny",
    folder: "/models",
    space: () => {
      disk.looks++;
      return freeBytes === undefined ? undefined : { freeBytes: disk.freeBytes, totalBytes: 1000 * MIB };
    },
  });
  let bytes = 0;
  const grow = (more: number) => {
    bytes += more;
    check(bytes, more);
    disk.freeBytes -= more;
  };
  return { disk, grow };
}

test.each([100_000 * MIB, undefined])("of %p bytes once every 64 MiB", (freeBytes) => {
  const { disk, grow } = watched(freeBytes);
  for (let piece = 0; piece < 640; piece++) grow(MIB);
  expect(disk.looks).toBe(10);
});

test("sooner when there is less, and nothing is written into its margin", () => {
  const { disk, grow } = watched(30 * MIB);
  for (let piece = 0; piece < 20; piece++) grow(MIB);
  expect(() => grow(MIB)).toThrow(
    "/models has no room for 1.0 MB more: 10 MB are free, of which 10 MB stay so",
  );
  expect(disk.freeBytes).toBe(10 * MIB);
});

test("again after others have filled it", () => {
  const { disk, grow } = watched(1000 * MIB);
  grow(MIB);
  disk.freeBytes = 20 * MIB;
  expect(() => {
    for (let piece = 0; piece < 640; piece++) grow(MIB);
  }).toThrow("has no room");
});
