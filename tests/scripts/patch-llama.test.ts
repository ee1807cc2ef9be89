/** What the build changes in node-llama-cpp fits the version that is installed, and there is nothing else to change. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { BuildFailure } from "../../scripts/build-failure.ts";
import { applyChange, CHANGES, type Change, LEFT_OUT } from "../../scripts/patch-llama.ts";

const DIST = join(import.meta.dir, "../../node_modules/node-llama-cpp/dist");

/** The files of the library without its command line. */
async function sources(): Promise<{ file: string; text: string }[]> {
  const files = await Array.fromAsync(new Bun.Glob("**/*.js").scan(DIST));
  return Promise.all(
    files
      .filter((file) => !file.startsWith("cli"))
      .sort()
      .map(async (file) => ({
        file: file.replaceAll("\\", "/"),
        text: await Bun.file(join(DIST, file)).text(),
      })),
  );
}

test.each(CHANGES.map((change) => [change.file, change] as const))("%s is changed", async (file, change) => {
  const text = await Bun.file(join(DIST, file)).text();
  const changed = applyChange(change, text);
  for (const [before, after] of change.texts) {
    expect(changed).not.toContain(before);
    expect(changed).toContain(after);
  }
});

test("a library that was rewritten stops the build", () => {
  const change: Change = { file: "config.js", texts: [["the old text", "the new text"]] };
  expect(applyChange(change, "is the old text here?")).toBe("is the new text here?");
  for (const text of ["something else", "the old text and the old text"]) {
    expect(() => applyChange(change, text)).toThrow(BuildFailure);
    expect(() => applyChange(change, text)).toThrow(
      'config.js has changed: "the old text" is not there once',
    );
  }
});

test("no other file of the library looks for its folder", async () => {
  const looking = (await sources()).filter(({ text }) => /^[^*\n]*\bimport\.meta\.(url|dirname)/m.test(text));
  expect(looking.map(({ file }) => file)).toEqual([
    // To load the addon, whose path is absolute.
    "bindings/getLlama.js",
    // Only to compile llama.cpp.
    "bindings/utils/compileLLamaCpp.js",
    "bindings/utils/testBindingBinary.js",
    "bindings/utils/testCmakeBinary.js",
    "config.js",
    "utils/getModuleVersion.js",
    // To see whether this is Electron.
    "utils/runtime.js",
  ]);
});

test("no file reads the environment into settings but the one that is changed", async () => {
  const reading = (await sources()).filter(({ text }) => /NODE_LLAMA_CPP_|env-var/.test(text));
  expect(reading.map(({ file }) => file)).toContain("config.js");
  const importing = reading.filter(({ text }) => text.includes('"env-var"'));
  expect(importing.map(({ file }) => file)).toEqual(["config.js"]);
});

test("what is left out is what the library imports, name by name", async () => {
  const imported = new Map<string, Set<string>>();
  for (const { text } of await sources()) {
    for (const [, clause = "", name = ""] of text.matchAll(/^import (.+) from "([^"]+)";$/gm)) {
      const names = clause.startsWith("{") ? clause.replace(/[{}\s]/g, "").split(",") : ["default"];
      const known = imported.get(name) ?? new Set();
      imported.set(name, known.union(new Set(names)));
    }
  }
  for (const [name, names] of Object.entries(LEFT_OUT))
    expect([name, [...(imported.get(name) ?? [])].sort()]).toEqual([name, [...names].sort()]);
});
