/** Several real processes, and file systems that refuse. */
import { expect, onTestFinished, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";
import { unpackNatives } from "../../../src/models/natives/unpack.ts";
import type { ModelProblem } from "../../../src/models/problem.ts";
import { contentsOf, packSample, SAMPLE } from "../../fixtures/natives/sample.ts";
import { temporaryFolder, until } from "../../fixtures/temporary-folder.ts";

const PROGRAM = path.join(import.meta.dir, "../../fixtures/natives/unpack-program.ts");

function start(command: string[]) {
  const child = Bun.spawn(command, { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => child.kill("SIGKILL"));
  return child;
}

test("processes that start at once all find everything, and leave nothing else behind", async () => {
  const cacheFolder = temporaryFolder();
  const source = packSample();
  const children = Array.from({ length: 4 }, () =>
    start([process.execPath, PROGRAM, cacheFolder, source.manifest]),
  );
  const answers = await Promise.all(children.map((child) => new Response(child.stdout).json()));
  const folder = path.join(cacheFolder, "native", source.version);
  expect(answers).toEqual(Array(4).fill({ folder }));
  expect(contentsOf(folder)).toEqual(SAMPLE);
  expect(fs.readdirSync(path.dirname(folder))).toEqual([source.version]);
});

test.skipIf(process.platform === "win32")(
  "what a killed process left half done is completed at once, and swept away later",
  async () => {
    const cacheFolder = temporaryFolder();
    const noise = Buffer.from(crypto.getRandomValues(new Uint8Array(60_000))).toString("hex");
    const files = { "1": "one", "2": noise, "3": "three" };
    const source = packSample(files);
    // The archive is a pipe that stops in the middle: so does whoever reads it.
    const pipe = `${source.archive}.pipe`;
    expect(Bun.spawnSync(["mkfifo", pipe]).exitCode).toBe(0);
    fs.writeFileSync(source.manifest, JSON.stringify({ ...source, archive: pipe }));
    const child = start([process.execPath, PROGRAM, cacheFolder, source.manifest]);
    // Also for reading, so that opening it waits for nobody.
    const descriptor = fs.openSync(pipe, "r+");
    fs.writeSync(descriptor, fs.readFileSync(source.archive).subarray(0, 30_000));
    const root = path.join(cacheFolder, "native");
    await until("the workshop", () => fs.existsSync(root) && fs.readdirSync(root).length > 0);
    child.kill("SIGKILL");
    await child.exited;
    fs.closeSync(descriptor);
    const workshop = fs.readdirSync(root).find((name) => name.startsWith("."));
    expect(workshop).toBeDefined();

    const folder = await unpackNatives({ cacheFolder, source });
    expect(contentsOf(folder)).toEqual(files);
    expect(fs.readdirSync(root).sort()).toEqual([workshop, source.version].sort() as string[]);

    const old = Date.now() / 1000 - 2 * 3600;
    fs.utimesSync(path.join(root, workshop ?? ""), old, old);
    await unpackNatives({ cacheFolder, source });
    expect(fs.readdirSync(root)).toEqual([source.version]);
  },
);

/** Mounts of a process's own, which end with it. */
const canMount =
  process.platform === "linux" &&
  Bun.spawnSync(["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/tmp"], { stderr: "ignore" }).exitCode ===
    0;

/** Unpacks below a file system in memory that is mounted with these options. */
async function unpackOn(options: string): Promise<{ folder?: string; problem?: ModelProblem }> {
  const mount = temporaryFolder();
  const { manifest } = packSample({ noise: crypto.getRandomValues(new Uint8Array(500_000)), small: "small" });
  const script = `mount -t tmpfs -o ${options} none "$1" && exec "$2" "$3" "$1/cache" "$4"`;
  const child = start([
    "unshare",
    "-rm",
    "sh",
    "-c",
    script,
    "sh",
    mount,
    process.execPath,
    PROGRAM,
    manifest,
  ]);
  return (await new Response(child.stdout).json()) as { folder?: string; problem?: ModelProblem };
}

test.skipIf(!canMount)("a full disk is told in one line", async () => {
  const { problem } = await unpackOn("size=256k");
  expect(problem?.message).toMatch(/^cannot unpack what runs models: .*\/cache\/native: the disk is full$/);
  expect(problem?.advice).toStartWith("free some space there, or set XDG_CACHE_HOME");
  expect(problem?.code).toBe("natives");
});

test.skipIf(!canMount)("a read-only file system is told in one line", async () => {
  const { problem } = await unpackOn("size=4m,ro");
  expect(problem?.message).toMatch(/native: the file system is read-only$/);
  expect(problem?.advice).toBe("set XDG_CACHE_HOME to a folder that can be written");
});

test.skipIf(!canMount)("a file system that lets nothing be executed is told in one line", async () => {
  const { problem } = await unpackOn("size=4m,noexec");
  expect(problem?.message).toEndWith("its file system is mounted noexec");
  expect(problem?.advice).toBe("set XDG_CACHE_HOME to a folder on another file system");
});

test.skipIf(!canMount)("where there is room and leave, the same works", async () => {
  const { folder, problem } = await unpackOn("size=4m");
  expect(problem).toBeUndefined();
  expect(folder).toContain("/cache/native/1.2.3-");
});
