import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { serverLogFiles, serverLogs } from "../../src/app/server-logs.ts";
import { lockPath, takeLock } from "../../src/process/lock.ts";
import { FakeClock } from "../fixtures/fake-clock.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function opened(largestBytes?: number) {
  const folder = join(temporaryFolder(), "servers");
  const clock = new FakeClock();
  const logs = serverLogs(folder, { clock, ...(largestBytes && { largestBytes }) });
  const read = (server: string) => readFileSync(serverLogFiles(folder, server).file, "utf8");
  return { folder, clock, logs, read };
}

test("what comes is written a moment later, in one go, for the owner alone", async () => {
  const { folder, clock, logs, read } = opened();
  logs.stderr("files", bytes("one\ntw"));
  logs.stderr("files", bytes("o\n"));
  logs.stderr("other", bytes("else\n"));
  expect(existsSync(folder)).toBe(false);
  await clock.advance(100);
  expect(read("files")).toBe("one\ntwo\n");
  expect(read("other")).toBe("else\n");
  expect(statSync(serverLogFiles(folder, "files").file).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  logs.stderr("files", bytes("three"));
  logs.close();
  expect(read("files")).toBe("one\ntwo\nthree");
});

test("a piece may be used again by whoever read it", () => {
  const { logs, read } = opened();
  const piece = bytes("mine\n");
  logs.stderr("files", piece);
  piece.fill(0);
  logs.close();
  expect(read("files")).toBe("mine\n");
});

test("a line stands on a line of its own", () => {
  const { logs, read } = opened();
  logs.stderr("files", bytes("half"));
  logs.line("files", "said");
  logs.stderr("files", bytes("more\n"));
  logs.close();
  expect(read("files")).toBe("half\nsaid\nmore\n");
});

test("a flood fills neither memory nor disk, and is told", async () => {
  const { folder, clock, logs, read } = opened(300_000);
  const flood = new Uint8Array(1024 * 1024).fill(65);
  for (let round = 0; round < 20; round++) {
    for (let piece = 0; piece < 50; piece++) logs.stderr("loud", flood);
    await clock.advance(100);
  }
  const sizes = readdirSync(folder).map((name) => statSync(join(folder, name)).size);
  expect(sizes).toHaveLength(2);
  expect(Math.max(...sizes)).toBeLessThan(300_000);
  expect(read("loud")).toEndWith("\n[mcpchat: 52297728 bytes more, too many at once, are left out]\n");
  logs.stderr("loud", bytes("calm\n"));
  logs.close();
  expect(read("loud")).toEndWith("left out]\ncalm\n");
});

test("a name leads nowhere else", () => {
  const { folder, logs } = opened();
  for (const name of ["../../up", "a/b", "..", "a.b", "\0", "ü"]) logs.line(name, "x");
  logs.close();
  expect(readdirSync(folder).sort()).toEqual(
    ["%00.log", "%2e..log", "%2e.%2f..%2fup.log", "%c3%bc.log", "a%2fb.log", "a.b.log"].sort(),
  );
});

test("a folder that cannot be made loses the words, and nothing else", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "file"), "");
  const clock = new FakeClock();
  const logs = serverLogs(join(folder, "file", "servers"), { clock });
  logs.stderr("x", bytes("lost\n"));
  await clock.advance(100);
  logs.close();
  expect(readFileSync(join(folder, "file"), "utf8")).toBe("");
});

test("a file that another process is putting away is not put away once more", () => {
  const { folder, logs, read } = opened(10);
  const { old } = serverLogFiles(folder, "files");
  const write = (text: string) => {
    logs.stderr("files", bytes(text));
    logs.close();
  };
  write("first\n");
  const lock = takeLock(lockPath(folder, "files.log"));
  write("second\n");
  expect(existsSync(old)).toBe(false);
  expect(read("files")).toBe("first\nsecond\n");
  if (lock.kind === "taken") lock.release();
  write("third\n");
  expect(readFileSync(old, "utf8")).toBe("first\nsecond\n");
  expect(readdirSync(folder).sort()).toEqual(["files.log", "files.log.1"]);
});
