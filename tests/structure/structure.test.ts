import { describe, expect, test } from "bun:test";
import { dirname, join } from "node:path";
import {
  assertionComplaints,
  HEAVY_PACKAGES,
  importComplaints,
  type SourceFile,
  wordComplaints,
} from "./rules.ts";

const SOURCE = join(import.meta.dir, "../../src");

async function sourceFiles(): Promise<SourceFile[]> {
  const paths = await Array.fromAsync(new Bun.Glob("**/*.ts").scan(SOURCE));
  return Promise.all(
    paths.map(async (path) => ({
      path: path.replaceAll("\\", "/"),
      text: await Bun.file(join(SOURCE, path)).text(),
    })),
  );
}

/** What loads when `entry` loads: its static imports that are left after types are dropped, and theirs. */
async function loadedWith(entry: string): Promise<{ files: Set<string>; packages: Map<string, string> }> {
  const transpiler = new Bun.Transpiler({ loader: "ts" });
  const files = new Set([entry]);
  const packages = new Map<string, string>();
  for (const file of files) {
    const imports = transpiler.scanImports(await Bun.file(file).text());
    for (const { kind, path } of imports) {
      if (kind !== "import-statement") continue;
      if (path.startsWith(".")) files.add(join(dirname(file), path));
      else packages.set(path, file);
    }
  }
  return { files, packages };
}

describe("the sources", () => {
  test("import downwards only", async () => {
    const files = await sourceFiles();
    expect(files.length).toBeGreaterThan(10);
    expect(files.flatMap(importComplaints)).toEqual([]);
  });

  test("use the words of the house style", async () => {
    expect((await sourceFiles()).flatMap(wordComplaints)).toEqual([]);
  });

  test("give a reason for every type assertion", async () => {
    expect((await sourceFiles()).flatMap(assertionComplaints)).toEqual([]);
  });

  test("have an entry of under 40 lines that loads no heavy package", async () => {
    const entry = join(SOURCE, "main.ts");
    expect((await Bun.file(entry).text()).split("\n").length).toBeLessThanOrEqual(40);
    const { packages } = await loadedWith(entry);
    const heavy = [...packages].filter(([name]) =>
      HEAVY_PACKAGES.some((known) => name === known || name.startsWith(`${known}/`)),
    );
    expect(heavy.map(([name, file]) => `${file.slice(SOURCE.length + 1)}: ${name}`)).toEqual([]);
  });
});

describe("the rules", () => {
  const importing = (path: string, name: string) =>
    importComplaints({ path, text: `import type { A } from "${name}";\nexport const a = 1;\n` }).length;

  test.each([
    ["chat/turn.ts", "../llm/port.ts"],
    ["commands/run.ts", "../app/services.ts"],
    ["llm/openai/client.ts", "../port.ts"],
    ["llm/openai/client.ts", "./messages.ts"],
    ["llm/local/provider.ts", "../../models/loader.ts"],
    ["config/load.ts", "../lib/errors.ts"],
    ["main.ts", "../package.json"],
  ])("let %s import %s", (path, name) => {
    expect(importing(path, name)).toBe(0);
  });

  test.each([
    ["lib/text.ts", "../config/load.ts"],
    ["llm/port.ts", "../chat/turn.ts"],
    ["session/store.ts", "../llm/port.ts"],
    ["llm/openai/client.ts", "../anthropic/messages.ts"],
    ["supervisor/supervisor.ts", "../lib/clock.ts"],
    ["process/spawn.ts", "../resilience/backoff.ts"],
    ["chat/turn.ts", "../llm/port"],
    ["elsewhere/thing.ts", "./other.ts"],
  ])("do not let %s import %s", (path, name) => {
    expect(importing(path, name)).toBe(1);
  });

  test("see imports that span lines, re-exports and dynamic imports", () => {
    for (const text of [
      'import {\n  one,\n  two,\n} from "../chat/turn.ts";\n',
      'export { one } from "../chat/turn.ts";\n',
      'const one = await import("../chat/turn.ts");\n',
      'import "../chat/turn.ts";\n',
    ]) {
      expect(importComplaints({ path: "lib/text.ts", text })).toHaveLength(1);
    }
  });

  test("see assertions without a reason, and leave the others alone", () => {
    const complaints = (text: string) => assertionComplaints({ path: "lib/text.ts", text }).length;
    expect(complaints("const a = b as Thing;")).toBe(1);
    expect(complaints("const a = f(b) as unknown;")).toBe(1);
    expect(complaints("const a = b as Thing; // the schema has checked it")).toBe(0);
    expect(complaints("// the schema has checked it\nconst a = b as Thing;")).toBe(0);
    expect(complaints("const a = [1] as const;")).toBe(0);
    expect(complaints('const a = "as Thing";')).toBe(0);
    expect(complaints('import { a as B } from "./b.ts";')).toBe(0);
  });

  test("see words that say nothing, unfinished work and hidden exits", () => {
    expect(wordComplaints({ path: "lib/string-utils.ts", text: "" })).toHaveLength(1);
    // In two pieces, so that this file does not hold the word that it looks for.
    expect(wordComplaints({ path: "lib/text.ts", text: `// ${"TO"}${"DO"}: later` })).toHaveLength(1);
    expect(wordComplaints({ path: "lib/text.ts", text: "process.exit(1)" })).toHaveLength(1);
    expect(wordComplaints({ path: "main.ts", text: "process.exit(1)" })).toHaveLength(0);
  });
});
