import { expect, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";
import { unpackNatives } from "../../../src/models/natives/unpack.ts";
import { ModelError, type ModelProblem, problemOf } from "../../../src/models/problem.ts";
import { contentsOf, packSample, SAMPLE } from "../../fixtures/natives/sample.ts";
import { temporaryFolder } from "../../fixtures/temporary-folder.ts";

async function failureOf(work: Promise<unknown>): Promise<ModelProblem> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ModelError);
  return problemOf(error);
}

/** Unpacked, with what it takes to do that again. */
async function unpacked() {
  const cacheFolder = path.join(temporaryFolder(), "cache");
  const source = packSample();
  const unpack = (thorough = false) => unpackNatives({ cacheFolder, source, thorough });
  return { cacheFolder, source, unpack, folder: await unpack() };
}

test("all files are laid out under their names, for nobody but their owner", async () => {
  const { cacheFolder, source, folder } = await unpacked();
  expect(folder).toBe(path.join(cacheFolder, "native", source.version));
  expect(source.version).toMatch(/^1\.2\.3-[0-9a-f]{16}$/);
  expect(contentsOf(folder)).toEqual(SAMPLE);
  expect(fs.readdirSync(path.dirname(folder))).toEqual([source.version]);
  if (process.platform === "win32") return;
  const mode = (...names: string[]) => fs.statSync(path.join(folder, ...names)).mode & 0o777;
  expect([mode("package.json"), mode("bins", "one", "addon.node")]).toEqual([0o600, 0o600]);
  expect([mode(), mode("bins"), mode("bins", "one")]).toEqual([0o700, 0o700, 0o700]);
});

test("other contents, and other names, are another version", () => {
  const versions = [SAMPLE, { ...SAMPLE, "package.json": "{} " }, { ...SAMPLE, more: "{}" }].map(
    (files) => packSample(files).version,
  );
  expect(new Set(versions).size).toBe(3);
  expect(packSample().version).toBe(packSample().version);
});

test("what several names share is in the archive once", () => {
  const { contents } = packSample();
  expect(contents.map(({ names }) => names)).toEqual([
    ["bins/one/addon.node"],
    ["bins/one/shared.so", "bins/two/shared.so"],
    ["package.json"],
  ]);
});

test("what is in order is not touched, nor is the archive read", async () => {
  const { source, unpack, folder } = await unpacked();
  const inode = () => fs.statSync(path.join(folder, "bins/one/shared.so")).ino;
  const before = inode();
  fs.rmSync(source.archive);
  expect(await unpack()).toBe(folder);
  expect(inode()).toBe(before);
});

test("what a killed process left half written goes, also when nothing is missing", async () => {
  const { unpack, folder } = await unpacked();
  const root = path.dirname(folder);
  const aged = (name: string, minutes: number) => {
    fs.mkdirSync(path.join(root, name));
    fs.writeFileSync(path.join(root, name, "unfinished"), "half");
    const time = new Date(Date.now() - minutes * 60_000);
    fs.utimesSync(path.join(root, name), time, time);
  };
  aged(".unpacking-killed", 61);
  aged(".unpacking-at-work", 30);
  await unpack();
  expect(fs.readdirSync(root).sort()).toEqual([".unpacking-at-work", path.basename(folder)]);
});

test("a missing file, one that was cut off and one in a wrong place are put right", async () => {
  const { unpack, folder } = await unpacked();
  fs.rmSync(path.join(folder, "package.json"));
  fs.truncateSync(path.join(folder, "bins/one/shared.so"), 10);
  const elsewhere = path.join(temporaryFolder(), "elsewhere");
  fs.writeFileSync(elsewhere, SAMPLE["bins/one/addon.node"] ?? "");
  fs.rmSync(path.join(folder, "bins/one/addon.node"));
  fs.symlinkSync(elsewhere, path.join(folder, "bins/one/addon.node"));
  await unpack();
  expect(contentsOf(folder)).toEqual(SAMPLE);
  expect(fs.readFileSync(elsewhere, "utf8")).toBe(SAMPLE["bins/one/addon.node"] ?? "");
});

test("a whole folder that is gone comes back", async () => {
  const { unpack, folder } = await unpacked();
  fs.rmSync(path.join(folder, "bins"), { recursive: true });
  await unpack();
  expect(contentsOf(folder)).toEqual(SAMPLE);
});

test("a changed file of the right size is found when contents are compared", async () => {
  const { unpack, folder } = await unpacked();
  const file = path.join(folder, "bins/one/addon.node");
  fs.writeFileSync(file, "AN ADDON");
  await unpack();
  expect(fs.readFileSync(file, "utf8")).toBe("AN ADDON");
  await unpack(true);
  expect(fs.readFileSync(file, "utf8")).toBe("an addon");
});

test("an archive that was cut off is told as a damaged executable, and leaves nothing half done", async () => {
  const source = packSample({
    one: "1".repeat(100_000),
    two: crypto.getRandomValues(new Uint8Array(60_000)),
  });
  fs.truncateSync(source.archive, 40_000);
  const cacheFolder = temporaryFolder();
  const problem = await failureOf(unpackNatives({ cacheFolder, source }));
  expect(problem.code).toBe("natives");
  expect(problem.message).toStartWith("this executable is damaged: ");
  const folder = path.join(cacheFolder, "native", source.version);
  expect(contentsOf(cacheFolder)).toEqual(
    fs.existsSync(folder) ? { [`native/${source.version}/one`]: "1".repeat(100_000) } : {},
  );
});

test("an archive with another content than its manifest says is not unpacked", async () => {
  const source = packSample();
  const other = packSample({ ...SAMPLE, "bins/one/addon.node": "AN ADDON" });
  const cacheFolder = temporaryFolder();
  const mixed = { ...source, archive: other.archive };
  const problem = await failureOf(unpackNatives({ cacheFolder, source: mixed }));
  expect(problem.message).toBe("this executable is damaged: bins/one/addon.node is not what was built in");
  expect(contentsOf(cacheFolder)).toEqual({});
});

test("a file in the place of the cache folder, or above it, is named with what to do", async () => {
  const file = path.join(temporaryFolder(), "file");
  fs.writeFileSync(file, "mine");
  const source = packSample();
  for (const cacheFolder of [file, path.join(file, "below")]) {
    const { code, message, advice } = await failureOf(unpackNatives({ cacheFolder, source }));
    expect(code).toBe("natives");
    expect(message).toStartWith(`cannot unpack what runs models: ${path.join(cacheFolder, "native")}: `);
    expect(advice).toMatch(/^set (XDG_CACHE_HOME|LOCALAPPDATA) to a folder that can be written$/);
  }
  expect(fs.readFileSync(file, "utf8")).toBe("mine");
});

test("a file in the place of the folder for native files is named", async () => {
  const cacheFolder = temporaryFolder();
  fs.writeFileSync(path.join(cacheFolder, "native"), "mine");
  const { message } = await failureOf(unpackNatives({ cacheFolder, source: packSample() }));
  expect(message).toMatch(/native: (a file is in the place of a folder|a part of its path is not a folder)$/);
});
