import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readAttachedFile } from "../../src/attachments/file.ts";
import { UsageError } from "../../src/lib/errors.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

const place = (cwd: string) => ({ cwd, home: join(cwd, "home"), maxBytes: 1000 });

function refusal(name: string, cwd: string): string {
  try {
    readAttachedFile(name, place(cwd));
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error("no refusal");
}

describe("a file", () => {
  test("is read from the folder of the run, from the home folder, and from anywhere", () => {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, "home"));
    writeFileSync(join(cwd, "a b"), "here");
    writeFileSync(join(cwd, "home/a"), "home");
    symlinkSync(join(cwd, "a b"), join(cwd, "link"));
    const read = (name: string) => {
      const { bytes, ...rest } = readAttachedFile(name, place(cwd));
      return { ...rest, text: Buffer.from(bytes).toString() };
    };
    expect(read("a b")).toEqual({ name: "a b", title: "a b", text: "here" });
    expect(read("./link")).toEqual({ name: "./link", title: "link", text: "here" });
    expect(read("~/a")).toEqual({ name: "~/a", title: "a", text: "home" });
    expect(read(join(cwd, "a b"))).toMatchObject({ title: "a b", text: "here" });
  });

  test("of no regular kind, or of none at all, is a line with its name", () => {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, "folder"));
    expect(Bun.spawnSync(["mkfifo", join(cwd, "pipe")]).exitCode).toBe(0);
    writeFileSync(join(cwd, "large"), "");
    truncateSync(join(cwd, "large"), 1001);
    expect(refusal("missing", cwd)).toBe("missing: there is no such file");
    expect(refusal("folder", cwd)).toBe("folder: is a folder, not a file");
    // Nobody writes to it: who waited for that would never come back.
    expect(refusal("pipe", cwd)).toBe("pipe: is not a regular file");
    expect(refusal("/dev/zero", cwd)).toBe("/dev/zero: is not a regular file");
    expect(refusal("large", cwd)).toBe("large: too large: at most 1.0 kB can be attached");
    expect(refusal("-", cwd)).toContain("standard input is read without it");
    expect(refusal("ftp://host/a", cwd)).toBe("ftp://host/a: there is no such file");
  });

  test.skipIf(process.getuid?.() === 0)("that may not be read says so", () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "secret"), "a");
    chmodSync(join(cwd, "secret"), 0);
    expect(refusal("secret", cwd)).toBe("secret: permission denied");
  });

  test.skipIf(process.platform !== "linux")("that does not know its size is read, and bounded", () => {
    const cwd = temporaryFolder();
    expect(readAttachedFile("/proc/self/statm", place(cwd)).bytes.length).toBeGreaterThan(0);
    expect(refusal("/proc/self/smaps", cwd)).toContain("too large");
  });
});
