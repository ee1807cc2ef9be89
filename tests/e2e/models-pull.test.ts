/** `mcpchat models pull` from outside: what it prints, how it ends, and that nothing is lost on the way. */
import { describe, expect, onTestFinished, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readFileSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { modelContent, WEB_PAGE } from "../fixtures/hub/content.ts";
import type { FileBehaviour } from "../fixtures/hub/files.ts";
import { digest } from "../fixtures/hub/hub.ts";
import { temporaryFolder, until } from "../fixtures/temporary-folder.ts";
import { expectFailure, expectSilentSuccess } from "./complaint.ts";
import { type HubHome, homeWithHub } from "./models-hub.ts";
import { eventually } from "./program.ts";

setDefaultTimeout(120_000);

const CONTENT = modelContent(500_000);
const PULL = ["models", "pull", "hf:ada/tiny"];

/** A server that sends 200,000 bytes and then waits until it is told to go on. */
function paused(): { file: FileBehaviour; goOn: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { file: { content: CONTENT, pause: { after: 200_000, until: promise } }, goOn: resolve };
}

function partialBytes({ folder }: HubHome): number {
  return statSync(join(folder, "tiny.gguf.partial"), { throwIfNoEntry: false })?.size ?? 0;
}

describe("a pull", () => {
  test("prints what the model is called from now on, and nothing else", async () => {
    const { home, folder, files } = await homeWithHub({ "tiny.gguf": { content: CONTENT } });
    const result = await home.run(PULL);
    expectSilentSuccess(result);
    expect(result.stdout).toBe("local/tiny\n");
    expect(files()).toEqual(["tiny.gguf"]);
    expect(readFileSync(join(folder, "tiny.gguf"))).toEqual(Buffer.from(CONTENT));
  });

  test("tells all of it as JSON", async () => {
    const { home, folder } = await homeWithHub({ "tiny.gguf": { content: CONTENT } });
    const expected = {
      model: "local/tiny",
      provider: "local",
      name: "tiny",
      path: join(folder, "tiny.gguf"),
      bytes: 500_000,
      parts: 1,
      checked_by: "sha256",
      sha256: [digest(CONTENT)],
    };
    const result = await home.run([...PULL, "--json"]);
    expectSilentSuccess(result);
    expect(JSON.parse(result.stdout)).toEqual({ ...expected, present: false });
    expect(JSON.parse((await home.run([...PULL, "--json"])).stdout)).toEqual({ ...expected, present: true });
  });

  test("says so when it could not check more than the size", async () => {
    const { home, hub } = await homeWithHub({ "tiny.gguf": { content: CONTENT } });
    const address = `${hub.url}/plain/tiny.gguf`;
    const unchecked = await home.run(["models", "pull", address]);
    expect(unchecked).toMatchObject({ code: 0, stdout: "local/tiny\n" });
    expect(unchecked.stderr).toBe(
      "mcpchat: it was checked by its size alone, as no checksum is known; --sha256 names one\n",
    );
    const checked = ["models", "pull", address, "--name", "sure", "--sha256", `sha256:${digest(CONTENT)}`];
    expectSilentSuccess(await home.run(checked));
  });

  test("goes to the folder that the configuration names", async () => {
    const { home, files } = await homeWithHub({ "tiny.gguf": { content: CONTENT } });
    const folder = join(home.folder, "elsewhere");
    home.configure(`[models]\nfolder = "${folder}"\n`);
    expectSilentSuccess(await home.run(PULL));
    expect(files()).toEqual([]);
    expect(statSync(join(folder, "tiny.gguf")).size).toBe(500_000);
  });

  test("tells when the connection breaks, and that it goes on", async () => {
    const { home } = await homeWithHub({ "tiny.gguf": { content: CONTENT, cuts: [100_000, 100_000] } });
    const { code, stderr } = await home.run(PULL);
    expect({ code, lines: stderr.trimEnd().split("\n") }).toEqual({
      code: 0,
      lines: [2, 3].map((attempt) =>
        expect.stringMatching(
          new RegExp(`broke off the connection; trying again in .* s .attempt ${attempt}.$`),
        ),
      ),
    });
  });

  test("with -q tells nothing but its name", async () => {
    const { home } = await homeWithHub({ "tiny.gguf": { content: CONTENT, cuts: [100_000] } });
    const result = await home.run([...PULL, "-q"]);
    expectSilentSuccess(result);
    expect(result.stdout).toBe("local/tiny\n");
  });
});

describe("a pull that fails is one line", () => {
  test.each([
    ["a reference that is none", ["tiny"], 2, "nothing can be pulled from tiny; write hf:owner/repo"],
    ["no reference", [], 2, "what is to be pulled?"],
    [
      "a checksum that is none",
      ["hf:ada/tiny", "--sha256", "abc"],
      2,
      "--sha256 takes 64 hexadecimal digits",
    ],
    [
      "a name that is none",
      ["hf:ada/tiny", "--name", "../x"],
      2,
      "this name is not fit for a file; write it as x",
    ],
    ["a repository that is not there", ["hf:ada/none"], 4, "there is nothing at http://"],
    ["a file that is not there", ["hf:ada/tiny/none.gguf"], 4, "ada/tiny has no model none.gguf"],
    ["a web page", ["hf:ada/tiny/page.gguf"], 4, "is not a GGUF model but a web page"],
    ["a wrong checksum", ["hf:ada/tiny/forged.gguf"], 4, "instead of"],
    [
      "too much for the memory",
      ["hf:ada/tiny/huge.gguf"],
      4,
      "huge needs 900 TB of memory for its weights alone",
    ],
    ["too much for the disk", ["hf:ada/tiny/huge.gguf", "--force"], 3, "has no room for 900 TB more"],
  ])("for %s", async (_, args, code, words) => {
    const setup = await homeWithHub({
      "tiny.gguf": { content: CONTENT },
      "page.gguf": { content: CONTENT, instead: [WEB_PAGE], unsized: true },
      "forged.gguf": { content: CONTENT, instead: [modelContent(500_000, 2)] },
      "huge.gguf": { content: CONTENT, claimed: { size: 900_000_000_000_000 } },
    });
    const result = await setup.home.run(["models", "pull", ...args]);
    expect(expectFailure(result, code)).toContain(words);
    expect(result.stdout).toBe("");
    expect(setup.files()).toEqual([]);
  });

  test("for a hub that is not there, and JSON tells it too", async () => {
    const { home, hub } = await homeWithHub({});
    await hub.stop();
    const result = await home.run([...PULL, "--json"]);
    expect(result.code).toBe(5);
    expect(result.stderr.trimEnd().split("\n").at(-1)).toBe(
      `mcpchat: ${hub.url} cannot be reached: connection refused; check the network, and try again`,
    );
    expect(JSON.parse(result.stdout)).toMatchObject({ error: { code: "unavailable", exit_code: 5 } });
  });
});

describe("a pull that is ended in the middle", () => {
  test("by kill -9 goes on where it was", async () => {
    const { file, goOn } = paused();
    const setup = await homeWithHub({ "tiny.gguf": file });
    const { home, hub, files } = setup;
    const program = home.start(PULL);
    await eventually("200,000 bytes", () => partialBytes(setup) === 200_000, 60_000);
    program.kill("SIGKILL");
    await program.exited;
    expect(files()).toEqual([".tiny.lock", "tiny.gguf.partial", "tiny.gguf.partial.json"]);
    goOn();
    expectSilentSuccess(await home.run(PULL));
    expect(hub.downloads().map(({ headers }) => headers.range)).toEqual([undefined, "bytes=200000-"]);
    expect(files()).toEqual(["tiny.gguf"]);
  });

  test("by Ctrl-C ends with 130, and says how to go on", async () => {
    const { file } = paused();
    const setup = await homeWithHub({ "tiny.gguf": file });
    const program = setup.home.start(PULL);
    await eventually("200,000 bytes", () => partialBytes(setup) === 200_000, 60_000);
    program.kill("SIGINT");
    expect(await program.exited).toMatchObject({
      code: 130,
      stdout: "",
      stderr: "mcpchat: stopped; pull it again to go on from here\n",
    });
    expect(setup.files()).toEqual(["tiny.gguf.partial", "tiny.gguf.partial.json"]);
  });

  test("is not disturbed by a second one", async () => {
    const { file, goOn } = paused();
    const setup = await homeWithHub({ "tiny.gguf": file });
    // On a busy machine the wait is long enough for a line of progress.
    const program = setup.home.start([...PULL, "-q"]);
    await eventually("200,000 bytes", () => partialBytes(setup) === 200_000, 60_000);
    const second = await setup.home.run(PULL);
    expect(expectFailure(second, 2)).toBe(
      `tiny is being pulled already, by process ${program.pid}; wait for it, or stop it`,
    );
    goOn();
    expectSilentSuccess(await program.exited);
  });
});

test("on a terminal one line goes on and is gone at the end, whatever names the server has", async () => {
  const { file, goOn } = paused();
  const setup = await homeWithHub({ "ti\u001b[31mny\u202e.gguf": file });
  const terminal = setup.home.terminal(PULL);
  await terminal.until("% of 500 kB");
  goOn();
  await terminal.until("pulled tiny (500 kB); talk to it with mcpchat -m local/tiny");
  expect(await terminal.exited).toBe(0);
  expect(terminal.output()).not.toContain("\u001b[31m");
  expect(terminal.output()).not.toContain("\u202e");
  const [, afterLast = ""] = terminal.output().split(/\r {20,}\r/);
  expect(afterLast).not.toContain("% of");
});

/** A file system of one megabyte. */
function smallDisk(): string {
  let mounted: string | undefined;
  // Before the folder that it lies in is removed: what is to be done after a test is done in the order of its asking.
  onTestFinished(() => void (mounted && Bun.spawnSync(["umount", mounted])));
  const folder = join(temporaryFolder(), "disk");
  mkdirSync(folder);
  const { success, stderr } = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]);
  if (!success) throw new Error(`cannot mount: ${stderr.toString()}`);
  mounted = folder;
  return folder;
}

/** In a name space of its own, where it leaves nothing behind: some may mount and some may not. */
const canMount = Bun.spawnSync(["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], {
  stderr: "ignore",
}).success;

describe.skipIf(!canMount)("a disk", () => {
  const LARGE = modelContent(3_000_000);

  test("that becomes full in the middle is one line, and what came is kept", async () => {
    const folder = smallDisk();
    const filled = Promise.withResolvers<void>();
    const pause = { after: 300_000, until: filled.promise };
    const { home } = await homeWithHub({ "tiny.gguf": { content: LARGE.subarray(0, 900_000), pause } });
    home.configure(`[models]\nfolder = "${folder}"\n`);
    const running = home.run(PULL);
    const partial = join(folder, "tiny.gguf.partial");
    const begun = () => (statSync(partial, { throwIfNoEntry: false })?.size ?? 0) >= 300_000;
    await until("its beginning", begun, 60_000);
    // By somebody else.
    expect(() => writeFileSync(join(folder, "other"), LARGE)).toThrow("ENOSPC");
    filled.resolve();
    expect(expectFailure(await running, 3)).toBe(
      `${partial}: the disk is full; make room and pull it again: what is there is kept`,
    );
    expect(statSync(partial).size).toBeGreaterThanOrEqual(300_000);
  });

  test("that a model of unknown size would fill keeps its margin, and what came", async () => {
    const folder = smallDisk();
    const file: FileBehaviour = { content: LARGE, endless: true, ignoresRange: true };
    const { home, hub } = await homeWithHub({ "tiny.gguf": file });
    home.configure(`[models]\nfolder = "${folder}"\n`);
    const result = await home.run(["models", "pull", `${hub.url}/plain/tiny.gguf`]);
    const line = expectFailure(result, 3);
    expect(line).toStartWith(`${folder} has no room for `);
    expect(line).toEndWith(
      " stay so; make room (mcpchat models rm) and pull it again: what is there is kept",
    );
    const { bavail, blocks } = statfsSync(folder);
    expect(bavail).toBeGreaterThan(0.005 * blocks);
    expect(statSync(join(folder, "tiny.gguf.partial")).size).toBeGreaterThan(500_000);
  });

  test("that is too small is told before anything is loaded", async () => {
    const folder = smallDisk();
    const { home, hub } = await homeWithHub({ "tiny.gguf": { content: LARGE } });
    home.configure(`[models]\nfolder = "${folder}"\n`);
    const line = expectFailure(await home.run(PULL), 3);
    expect(line).toStartWith(`${folder} has no room for 3.0 MB more: 1.0 MB are free`);
    expect(hub.downloads()).toEqual([]);
  });
});
