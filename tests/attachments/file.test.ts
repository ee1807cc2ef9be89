import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readAttachedFile } from "../../src/attachments/file.ts";
import { describeError, UsageError } from "../../src/lib/errors.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

const place = (cwd: string) => ({ cwd, home: join(cwd, "home"), maxBytes: 1000 });

async function refusal(name: string, cwd: string, signal?: AbortSignal): Promise<string> {
  try {
    await readAttachedFile(name, { ...place(cwd), signal });
  } catch (error) {
    if (error instanceof UsageError) return describeError(error);
    throw error;
  }
  throw new Error("no refusal");
}

function pipeIn(cwd: string): string {
  expect(Bun.spawnSync(["mkfifo", join(cwd, "pipe")]).exitCode).toBe(0);
  return join(cwd, "pipe");
}

describe("a file", () => {
  test("is read from the folder of the run, from the home folder, and from anywhere", async () => {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, "home"));
    writeFileSync(join(cwd, "a b"), "here");
    writeFileSync(join(cwd, "home/a"), "home");
    symlinkSync(join(cwd, "a b"), join(cwd, "link"));
    const read = async (name: string) => {
      const { bytes, ...rest } = await readAttachedFile(name, place(cwd));
      return { ...rest, text: Buffer.from(bytes).toString() };
    };
    expect(await read("a b")).toEqual({ name: "a b", title: "a b", text: "here" });
    expect(await read("./link")).toEqual({ name: "./link", title: "link", text: "here" });
    expect(await read("~/a")).toEqual({ name: "~/a", title: "a", text: "home" });
    expect(await read(join(cwd, "a b"))).toMatchObject({ title: "a b", text: "here" });
  });

  test("of no regular kind, or of none at all, is a line with its name", async () => {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, "folder"));
    pipeIn(cwd);
    symlinkSync("circle", join(cwd, "circle"));
    writeFileSync(join(cwd, "large"), "");
    truncateSync(join(cwd, "large"), 1001);
    expect(await refusal("missing", cwd)).toBe(
      "missing: there is no such file; name a file that can be read",
    );
    expect(await refusal("folder", cwd)).toStartWith("folder: is a folder, not a file; ");
    // Nobody writes to it: who waited for that would never come back.
    expect(await refusal("pipe", cwd)).toBe("pipe: is a pipe; give it with -f on the command line");
    expect(await refusal("/dev/zero", cwd)).toStartWith("/dev/zero: is a device, not a file; ");
    expect(await refusal("large", cwd)).toStartWith("large: too large: at most 1.0 kB can be attached; ");
    expect(await refusal("-", cwd)).toContain("standard input is read without it");
    expect(await refusal("ftp://host/a", cwd)).toStartWith("ftp://host/a: there is no such file; ");
    expect(await refusal("circle", cwd)).toStartWith("circle: its links lead in a circle; ");
    expect(await refusal("", cwd)).toBe("the name of a file is empty; name a file that can be read");
    expect(await refusal("a\\", cwd)).toContain('quotes go around a name with blanks: @file:"a name.txt"');
    using socket = Bun.listen({ unix: join(cwd, "socket"), socket: { data: () => {} } });
    expect(await refusal("socket", cwd)).toStartWith("socket: is a socket or a device, not a file; ");
    socket.stop(true);
  });

  test("of any length is named in one short line", async () => {
    const line = await refusal("@file:".repeat(15_000), temporaryFolder());
    expect(line).toContain("…: no file has so long a name");
    expect(line.length).toBeLessThan(300);
  });

  test.skipIf(process.getuid?.() === 0)("that may not be read says so", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "secret"), "a");
    chmodSync(join(cwd, "secret"), 0);
    expect(await refusal("secret", cwd)).toStartWith("secret: permission denied; ");
  });

  test.skipIf(process.platform !== "linux")("that does not know its size is read, and bounded", async () => {
    const cwd = temporaryFolder();
    expect((await readAttachedFile("/proc/self/statm", place(cwd))).bytes.length).toBeGreaterThan(0);
    expect(await refusal("/proc/self/smaps", cwd)).toContain("too large");
  });
});

describe.skipIf(process.platform === "win32")("a pipe of the command line", () => {
  const read = async (cwd: string, signal: AbortSignal) => {
    const { bytes } = await readAttachedFile("pipe", { ...place(cwd), signal });
    return Buffer.from(bytes).toString();
  };
  const never = new AbortController().signal;

  test("is read to its end, however late and in whatever pieces it comes", async () => {
    const cwd = temporaryFolder();
    const path = pipeIn(cwd);
    const late = read(cwd, never);
    const writer = await open(path, "w");
    await writer.write("one ");
    await writer.write("two");
    await writer.close();
    expect(await late).toBe("one two");
  });

  test("is not read beyond the limit", async () => {
    const cwd = temporaryFolder();
    const path = pipeIn(cwd);
    const told = refusal("pipe", cwd, never);
    const writer = await open(path, "w");
    await writer.write("x".repeat(1001));
    expect(await told).toStartWith("pipe: too large: at most 1.0 kB can be attached; ");
    await writer.close();
  });

  test("that nobody writes to is given up with the signal, and so is one that is held open", async () => {
    const cwd = temporaryFolder();
    const path = pipeIn(cwd);
    const [first, second] = [new AbortController(), new AbortController()];
    const waiting = read(cwd, first.signal);
    first.abort(new Error("interrupted"));
    await expect(waiting).rejects.toThrow("interrupted");
    const reading = read(cwd, second.signal);
    const writer = await open(path, "w");
    await writer.write("begun");
    second.abort(new Error("interrupted again"));
    await expect(reading).rejects.toThrow("interrupted again");
    await writer.close();
  });

  test("that a shell has opened is read, and is empty where its command says nothing", async () => {
    const program = fileURLToPath(new URL("../../src/attachments/file.ts", import.meta.url));
    const code =
      `const { readAttachedFile } = await import(${JSON.stringify(program)});` +
      "for (const name of process.argv.slice(1)) console.log(Buffer.from((await readAttachedFile(name, " +
      '{ cwd: "/", home: undefined, maxBytes: 1e6, signal: new AbortController().signal })).bytes).toString());';
    const script = `"$BUN" -e "$CODE" <(printf one) <(:) <(printf three)`;
    const env = { ...process.env, BUN: process.execPath, CODE: code };
    const child = Bun.spawn(["bash", "-c", script], { env, stdio: ["ignore", "pipe", "inherit"] });
    expect(await child.stdout.text()).toBe("one\n\nthree\n");
  });
});
