import { expect, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";
import {
  FileError,
  fileErrorFrom,
  readTextFile,
  readTextFileIfAny,
  writePrivateFile,
} from "../../src/lib/file.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

function problemOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof FileError) return error.problem;
    throw error;
  }
  return "none";
}

test("what is no small text file is refused, each for its reason", () => {
  const folder = temporaryFolder();
  const file = (name: string) => path.join(folder, name);
  fs.writeFileSync(file("binary"), new Uint8Array([0x61, 0xff, 0xfe]));
  fs.writeFileSync(file("large"), "x".repeat(11));
  fs.writeFileSync(file("small"), "x".repeat(10));
  expect(problemOf(() => readTextFile(file("nothing"), 10))).toBe("missing");
  expect(problemOf(() => readTextFile(path.join(file("small"), "below"), 10))).toBe("missing");
  expect(problemOf(() => readTextFile(folder, 10))).toBe("directory");
  expect(problemOf(() => readTextFile(file("binary"), 10))).toBe("not_text");
  expect(problemOf(() => readTextFile(file("large"), 10))).toBe("too_large");
  expect(readTextFile(file("small"), 10)).toBe("x".repeat(10));
  expect(readTextFileIfAny(file("nothing"), 10)).toBeUndefined();
});

test.skipIf(process.platform === "win32")("a named pipe is refused and not waited for", () => {
  const pipe = path.join(temporaryFolder(), "pipe");
  expect(Bun.spawnSync(["mkfifo", pipe]).exitCode).toBe(0);
  expect(problemOf(() => readTextFile(pipe, 10))).toBe("not_regular");
});

test("a byte order mark is not part of the text", () => {
  const file = path.join(temporaryFolder(), "marked");
  fs.writeFileSync(file, "\ufefftext");
  expect(readTextFile(file, 100)).toBe("text");
});

test.each([
  ["EACCES", "permission"],
  ["EROFS", "permission"],
  ["ENOSPC", "full"],
  ["EIO", "failed"],
])("%s is read as %s", (code, problem) => {
  const error = fileErrorFrom("some/file", Object.assign(new Error("refused"), { code }));
  expect(error.problem).toBe(problem as typeof error.problem);
  expect(error.message).toStartWith("some/file: ");
});

test("a file is written whole, for its owner alone, and leaves nothing beside it", () => {
  const folder = temporaryFolder();
  const file = path.join(folder, "a", "b", "file");
  writePrivateFile(file, "one");
  writePrivateFile(file, "two");
  expect(fs.readFileSync(file, "utf8")).toBe("two");
  expect(fs.readdirSync(path.dirname(file))).toEqual(["file"]);
  if (process.platform === "win32") return;
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  expect(fs.statSync(path.join(folder, "a")).mode & 0o777).toBe(0o700);
  expect(fs.statSync(path.join(folder, "a", "b")).mode & 0o777).toBe(0o700);
});

test.skipIf(process.platform === "win32")("a link stays a link", () => {
  const folder = temporaryFolder();
  fs.writeFileSync(path.join(folder, "target"), "old");
  fs.symlinkSync("target", path.join(folder, "link"));
  writePrivateFile(path.join(folder, "link"), "new");
  expect(fs.lstatSync(path.join(folder, "link")).isSymbolicLink()).toBe(true);
  expect(fs.readFileSync(path.join(folder, "target"), "utf8")).toBe("new");
});

test("a write that fails leaves the old file and no other", () => {
  const folder = temporaryFolder();
  const file = path.join(folder, "file");
  fs.mkdirSync(file);
  fs.writeFileSync(path.join(file, "inside"), "kept");
  expect(problemOf(() => writePrivateFile(file, "text"))).not.toBe("none");
  expect(fs.readdirSync(folder)).toEqual(["file"]);
  expect(fs.readdirSync(file)).toEqual(["inside"]);
});
