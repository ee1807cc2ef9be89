import { expect, test } from "bun:test";
import { isNoExec } from "../../../src/models/natives/mount.ts";

const mount = (point: string, options: string) =>
  `36 35 98:0 / ${point} ${options} master:1 - ext4 /dev/root rw`;
const table = (...lines: string[]) => `${lines.join("\n")}\n`;

test("the nearest mount decides", () => {
  const mounts = table(
    mount("/", "rw,relatime"),
    mount("/home", "rw,noexec,nosuid"),
    mount("/home/me/.cache", "rw"),
  );
  expect(isNoExec("/usr/lib", mounts)).toBe(false);
  expect(isNoExec("/home/me", mounts)).toBe(true);
  expect(isNoExec("/home", mounts)).toBe(true);
  expect(isNoExec("/home/me/.cache/mcpchat", mounts)).toBe(false);
  expect(isNoExec("/home/me/.cached", mounts)).toBe(true);
  expect(isNoExec("/homework", mounts)).toBe(false);
});

test("a later mount covers an earlier one, wherever they stand", () => {
  expect(isNoExec("/a/b", table(mount("/a", "rw,noexec"), mount("/", "rw"), mount("/a", "rw")))).toBe(false);
  expect(isNoExec("/a/b", table(mount("/a", "rw"), mount("/a", "ro,noexec")))).toBe(true);
});

test("blanks in a path are read as the kernel writes them", () => {
  expect(isNoExec("/my disk/cache", table(mount("/", "rw"), mount("/my\\040disk", "rw,noexec")))).toBe(true);
});

test("noexec is an option and no part of another word", () => {
  expect(isNoExec("/a", table(mount("/", "rw,notnoexec")))).toBe(false);
  expect(isNoExec("/a", "")).toBe(false);
});
