/** What lies in the models folder, and how it is named. */
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { ConfigurationError, describeError } from "../../../src/lib/errors.ts";
import { findModel, newestModel, planRemoval, removeModel } from "../../../src/models/folder/find.ts";
import { listModels, scanFolder } from "../../../src/models/folder/scan.ts";
import { writePartialRecord } from "../../../src/models/partial.ts";
import { lockPath, takeLock } from "../../../src/process/lock.ts";
import { temporaryFolder } from "../../fixtures/temporary-folder.ts";

/** A folder with these files; the size of each is the length of its name. */
function folderWith(...names: string[]): string {
  const folder = join(temporaryFolder(), "models");
  mkdirSync(folder);
  for (const name of names) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), name);
  }
  return folder;
}

function names(folder: string): string[] {
  return listModels(folder).map(({ name }) => name);
}

/** A folder with these files, each older than the one before it. */
function folderByAge(files: Record<string, string>): string {
  const folder = folderWith();
  for (const [index, [name, content]] of Object.entries(files).entries()) {
    writeFileSync(join(folder, name), content);
    utimesSync(join(folder, name), 2_000 - index, 2_000 - index);
  }
  return folder;
}

function newest(folder: string): { name?: string | undefined; lines: string[] } {
  const lines: string[] = [];
  return { name: newestModel(folder, (line) => lines.push(line))?.name, lines };
}

function complaint(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return describeError(error);
  }
  throw new Error("nothing was wrong");
}

describe("the list", () => {
  test("is empty for a folder that is not there", () => {
    expect(scanFolder(join(temporaryFolder(), "none"))).toEqual({ models: [], unfinished: [] });
  });

  test("has models in the order of their names, and nothing else", () => {
    const folder = folderWith("b.gguf", "a.GGUF", "README.md", ".hidden.gguf", "mmproj-b.gguf", "c.gguf.old");
    mkdirSync(join(folder, "folder.gguf"));
    const [a, b] = listModels(folder);
    expect(names(folder)).toEqual(["a", "b"]);
    expect(a).toMatchObject({ name: "a", path: join(folder, "a.GGUF"), bytes: 6, parts: 1 });
    expect(b?.modified).toBeCloseTo(Date.now(), -5);
  });

  test("has a model in several parts once, by its first part", () => {
    const parts = ["m-00002-of-00003.gguf", "m-00001-of-00003.gguf", "m-00003-of-00003.gguf"];
    const folder = folderWith(...parts);
    expect(scanFolder(folder)).toEqual({
      models: [
        {
          name: "m",
          path: join(folder, "m-00001-of-00003.gguf"),
          bytes: 63,
          parts: 3,
          modified: expect.any(Number),
        },
      ],
      unfinished: [],
    });
  });

  test("tells of a set that lacks parts, and does not offer it", () => {
    const folder = folderWith("m-00001-of-00003.gguf", "m-00003-of-00003.gguf.partial");
    const { models, unfinished } = scanFolder(folder);
    expect(models).toEqual([]);
    expect(unfinished).toMatchObject([{ name: "m", parts: 3, missing: [2, 3], bytes: 21 + 29 }]);
  });

  test("tells how far a download has come, and how it goes on", () => {
    const folder = folderWith("m.gguf.partial");
    writePartialRecord(join(folder, "m.gguf"), { reference: "hf:ada/m", url: "https://x/m", size: 1000 });
    expect(scanFolder(folder).unfinished).toEqual([
      {
        name: "m",
        bytes: 14,
        expectedBytes: 1000,
        parts: 1,
        missing: [1],
        reference: "hf:ada/m",
        files: [join(folder, "m.gguf")],
      },
    ]);
  });

  test("names models in subfolders with their path, two levels deep", () => {
    const folder = folderWith("ada/tiny/m.gguf", "bob/m.gguf", "a/b/c/deep.gguf");
    expect(names(folder)).toEqual(["ada/tiny/m", "bob/m"]);
  });

  test("follows links to models and folders elsewhere, and no broken ones", () => {
    const elsewhere = folderWith("far.gguf");
    const folder = folderWith("near.gguf");
    symlinkSync(elsewhere, join(folder, "linked"));
    symlinkSync(join(elsewhere, "far.gguf"), join(folder, "far.gguf"));
    symlinkSync(join(elsewhere, "gone.gguf"), join(folder, "gone.gguf"));
    expect(names(folder)).toEqual(["far", "linked/far", "near"]);
  });

  test("does not follow links back to the folders that they lie in", () => {
    const folder = folderWith("m.gguf", "sub/n.gguf");
    symlinkSync(folder, join(folder, "self"));
    symlinkSync(folder, join(folder, "sub/up"));
    symlinkSync(join(folder, "sub"), join(folder, "sub/same"));
    expect(names(folder)).toEqual(["m", "sub/n"]);
  });

  test("is refused for what is no folder, with the key that names it", () => {
    const file = join(folderWith("a.gguf"), "a.gguf");
    expect(() => scanFolder(file)).toThrow(ConfigurationError);
    expect(complaint(() => scanFolder(file))).toBe(
      `the models folder ${file} is not a folder; let models.folder in the configuration name a folder`,
    );
  });
});

describe("a model", () => {
  test.each([
    ["m", "m"],
    ["m.gguf", "m"],
    ["sub/n", "sub/n"],
    ["sub/n.gguf", "sub/n"],
    ["big", "big"],
    ["big.gguf", "big"],
    ["big-00002-of-00002.gguf", "big"],
    ["big-00001-of-00002", "big"],
  ])("is found as %s", (name, expected) => {
    const big = ["big-00001-of-00002.gguf", "big-00002-of-00002.gguf"];
    expect(findModel(folderWith("m.gguf", "sub/n.gguf", ...big), name).name).toBe(expected);
  });

  test("is not found outside of the folder", () => {
    const folder = folderWith("m.gguf");
    writeFileSync(join(folder, "../secret.gguf"), "");
    for (const name of [
      "../secret",
      "../secret.gguf",
      join(folder, "m"),
      join(folder, "m.gguf"),
      "./m",
      "m\0",
      "",
      ".",
    ])
      expect(complaint(() => findModel(folder, name))).toContain("there is no model");
  });

  test("whatever its name, is one of the folder or none", () => {
    const folder = folderWith("m.gguf", "sub/n.gguf");
    const piece = fc.oneof(
      fc.constantFrom("..", ".", "/", "\\", "\0", "m", "sub", "n", ".gguf", "~"),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        try {
          expect(["m", "sub/n"]).toContain(findModel(folder, pieces.join("")).name);
        } catch (error) {
          expect(describeError(error)).toStartWith("there is no model");
        }
      }),
    );
  });

  test("that is not there is told with the nearest", () => {
    const folder = folderWith("qwen3-0.6b.gguf", "ada/tiny/llama.gguf");
    expect(complaint(() => findModel(folder, "qwen3-0.6"))).toBe(
      `there is no model qwen3-0.6 in ${folder}; did you mean qwen3-0.6b?`,
    );
    expect(complaint(() => findModel(folder, "llama"))).toContain("did you mean ada/tiny/llama?");
    expect(complaint(() => findModel(folder, "\u001b[31mx"))).toBe(
      `there is no model x in ${folder}; mcpchat models list shows those that there are`,
    );
    expect(complaint(() => findModel(folderWith(), "x"))).toContain("get one with mcpchat models pull");
  });

  test("that is not whole is told, with how to go on", () => {
    const folder = folderWith("m.gguf.partial", "big-00001-of-00002.gguf");
    writePartialRecord(join(folder, "m.gguf"), { reference: "hf:ada/m", url: "https://x/m" });
    expect(complaint(() => findModel(folder, "m"))).toBe(
      "the model m was not pulled to its end; go on with: mcpchat models pull hf:ada/m",
    );
    expect(complaint(() => findModel(folder, "big"))).toContain("the model big lacks 1 of its 2 parts");
  });

  test("that was changed last is the newest", () => {
    const folder = folderByAge({ "a.gguf": "GGUF", "b.gguf": "GGUF", "c.gguf.partial": "GGUF" });
    expect(newest(folder)).toEqual({ name: "a", lines: [] });
    expect(newest(folderWith())).toEqual({ lines: [] });
  });

  test("is not the newest when it cannot be one, and a line tells of each that is passed over", () => {
    const folder = folderByAge({
      "demo.gguf": "GGUF",
      "empty.gguf": "",
      "short.gguf": "GGU",
      "good.gguf": "GGUF",
    });
    expect(newest(folder)).toEqual({
      name: "good",
      lines: ["empty", "short"].map(
        (name) => `${join(folder, name)}.gguf is passed over: it is not a GGUF model`,
      ),
    });
    rmSync(join(folder, "good.gguf"));
    expect(newest(folder)).toMatchObject({ name: undefined, lines: { length: 2 } });
  });
});

describe("removing", () => {
  test("takes all parts away, and leaves the others", () => {
    const folder = folderWith("big-00001-of-00002.gguf", "big-00002-of-00002.gguf", "other.gguf");
    const removal = planRemoval(folder, "big.gguf");
    expect(removal).toMatchObject({ name: "big", parts: 2, bytes: 46, whole: true });
    removeModel(removal);
    expect(names(folder)).toEqual(["other"]);
    expect(existsSync(join(folder, "big-00002-of-00002.gguf"))).toBe(false);
  });

  test("takes away what is left of a download, and its record", () => {
    const folder = folderWith("m.gguf.partial");
    writePartialRecord(join(folder, "m.gguf"), { reference: "hf:ada/m", url: "https://x/m" });
    const removal = planRemoval(folder, "m");
    expect(removal.whole).toBe(false);
    removeModel(removal);
    expect(scanFolder(folder).unfinished).toEqual([]);
    expect(existsSync(join(folder, "m.gguf.partial.json"))).toBe(false);
  });

  test("takes a link away, not what it leads to", () => {
    const elsewhere = folderWith("far.gguf");
    const folder = folderWith();
    symlinkSync(join(elsewhere, "far.gguf"), join(folder, "far.gguf"));
    removeModel(planRemoval(folder, "far"));
    expect(names(folder)).toEqual([]);
    expect(names(elsewhere)).toEqual(["far"]);
  });

  test("is refused while the model is being pulled, and for what is not there", () => {
    const folder = folderWith("m.gguf.partial");
    const lock = takeLock(lockPath(folder, "m"));
    expect(complaint(() => planRemoval(folder, "m"))).toBe("m is being pulled; stop that first");
    if (lock.kind === "taken") lock.release();
    expect(planRemoval(folder, "m").name).toBe("m");
    expect(complaint(() => planRemoval(folder, "mm"))).toContain("there is no model mm in ");
  });
});
