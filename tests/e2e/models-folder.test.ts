/** `mcpchat models list|rm`: what lies in the models folder. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { modelContent } from "../fixtures/hub/content.ts";
import { expectFailure, expectSilentSuccess } from "./complaint.ts";
import { Home } from "./harness.ts";

setDefaultTimeout(120_000);

/** A home with these files in its models folder, each of so many bytes. */
function homeWith(files: Record<string, number>): { home: Home; folder: string } {
  const home = new Home();
  const folder = join(home.folder, ".local/share/mcpchat/models");
  for (const [name, bytes] of Object.entries(files)) home.write(join(folder, name), modelContent(bytes));
  return { home, folder };
}

const RECORD = JSON.stringify({ reference: "hf:ada/half", url: "https://hub/half.gguf", size: 4000 });

describe("models list", () => {
  test("has a line for each model, and for each that is not whole", async () => {
    const { home, folder } = homeWith({
      "tiny.gguf": 1000,
      "much-longer.gguf": 2_500_000,
      "big-00001-of-00002.gguf": 600,
      "big-00002-of-00002.gguf": 600,
      "half.gguf.partial": 1000,
      "lame-00001-of-00003.gguf": 1000,
    });
    home.write(join(folder, "half.gguf.partial.json"), RECORD);
    const result = await home.run(["models", "list"]);
    expectSilentSuccess(result);
    const lines = result.stdout.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d/g, "WHEN").split("\n");
    expect(lines).toEqual([
      "local/big          1.2 kB  WHEN  2 parts",
      "local/much-longer  2.5 MB  WHEN",
      "local/tiny         1.0 kB  WHEN",
      "local/half  unfinished: 1.0 kB of 4.0 kB; go on with mcpchat models pull hf:ada/half",
      "local/lame  unfinished: 1.0 kB, 2 of 3 parts missing",
      "",
    ]);
  });

  test("as JSON has all that is known", async () => {
    const { home, folder } = homeWith({ "tiny.gguf": 1000, "half.gguf.partial": 1000 });
    home.write(join(folder, "half.gguf.partial.json"), RECORD);
    const result = await home.run(["models", "list", "--json"]);
    expectSilentSuccess(result);
    expect(JSON.parse(result.stdout)).toEqual({
      models: [
        {
          model: "local/tiny",
          provider: "local",
          name: "tiny",
          path: join(folder, "tiny.gguf"),
          bytes: 1000,
          parts: 1,
          modified_at: expect.stringMatching(/^\d{4}-.*Z$/),
          hidden: false,
        },
      ],
      unfinished: [
        {
          name: "half",
          bytes: 1000,
          expected_bytes: 4000,
          parts: 1,
          missing_parts: [1],
          reference: "hf:ada/half",
        },
      ],
      offered: [],
    });
  });

  test("marks one that the demo hides", async () => {
    const { home } = homeWith({ "demo.gguf": 1000 });
    expect((await home.run(["models", "list"])).stdout).toMatch(
      /^local\/demo .* hidden by the built-in demo; rename it\n$/,
    );
    const { models } = JSON.parse((await home.run(["models", "list", "--json"])).stdout);
    expect(models).toMatchObject([{ name: "demo", hidden: true }]);
  });

  test("says that a folder of the configuration is not there, or is none", async () => {
    const { home } = homeWith({});
    home.configure('[models]\nfolder = "/nowhere"');
    const result = await home.run(["models", "list"]);
    expect(result).toMatchObject({
      code: 0,
      stderr: "mcpchat: models.folder: there is no folder /nowhere\n",
    });
    home.configure('[models]\nfolder = "/dev/null"');
    expect(expectFailure(await home.run(["models", "list"]), 3)).toContain("models.folder");
  });

  test("is empty without a folder, and makes none", async () => {
    const { home, folder } = homeWith({});
    const empty = await home.run(["models", "list"]);
    expect(empty).toMatchObject({ code: 0, stdout: "" });
    expect(empty.stderr).toMatch(/^mcpchat: .* has no model; get one with mcpchat models pull\n$/);
    expect(JSON.parse((await home.run(["models", "list", "--json"])).stdout)).toEqual({
      models: [],
      unfinished: [],
      offered: [],
    });
    expect(existsSync(folder)).toBe(false);
  });

  test("is harmless, whatever files are called", async () => {
    const { home } = homeWith({ "a\u001b[31mb\u202e.gguf": 1000, "c\nd.gguf": 1000 });
    const { stdout } = await home.run(["models", "list"]);
    expect(stdout).toContain("local/ab ");
    expect(stdout).toContain("local/c d ");
    expect(stdout).not.toMatch(/\p{Cf}|\p{Cc}(?<!\n)/u);
  });
});

describe("models rm", () => {
  test("with --yes removes models, all parts of them, and what is unfinished", async () => {
    const { home, folder } = homeWith({
      "tiny.gguf": 1000,
      "big-00001-of-00002.gguf": 600,
      "big-00002-of-00002.gguf": 600,
      "half.gguf.partial": 1000,
      "stays.gguf": 1000,
    });
    const result = await home.run(["models", "rm", "--yes", "--json", "local/tiny", "big.gguf", "half"]);
    expectSilentSuccess(result);
    expect(JSON.parse(result.stdout)).toEqual({
      removed: [
        { name: "tiny", bytes: 1000 },
        { name: "big", bytes: 1200 },
        { name: "half", bytes: 1000 },
      ],
    });
    expect([...new Bun.Glob("*").scanSync(folder)]).toEqual(["stays.gguf"]);
  });

  test("removes and tells a model once, however it is named", async () => {
    const { home, folder } = homeWith({ "tiny.gguf": 1000, "stays.gguf": 1000 });
    const result = await home.run(["models", "rm", "tiny", "tiny.gguf", "local/tiny", "--yes", "--json"]);
    expectSilentSuccess(result);
    expect(JSON.parse(result.stdout)).toEqual({ removed: [{ name: "tiny", bytes: 1000 }] });
    expect([...new Bun.Glob("*").scanSync(folder)]).toEqual(["stays.gguf"]);
  });

  test("behind -- takes every word for a name", async () => {
    const { home, folder } = homeWith({ "-dash.gguf": 1000, "--json.gguf": 1000 });
    expectSilentSuccess(await home.run(["models", "rm", "--yes", "--", "-dash", "--json"]));
    expect([...new Bun.Glob("*").scanSync(folder)]).toEqual([]);
  });

  test.each(["--yes", "-q"])("behind -- says so of an option: %s", async (option) => {
    const { home, folder } = homeWith({ "-dash.gguf": 1000 });
    const complaint = expectFailure(await home.run(["models", "rm", "--", "-dash", option]), 2);
    expect(complaint).toContain(`there is no model ${option}: behind -- everything is a name`);
    expect(complaint).toContain(`write ${option} before --`);
    expect(existsSync(join(folder, "-dash.gguf"))).toBe(true);
  });

  test.each([
    ["none", [], 2, "models rm needs a name; see mcpchat models list"],
    ["one that is misspelt", ["tinny", "--yes"], 2, "/models; did you mean tiny?"],
    ["one outside", ["../../secret", "--yes"], 2, "there is no model ../../secret"],
    ["one of several that is not there", ["tiny", "gone", "--yes"], 2, "there is no model gone"],
    [
      "one without anybody to ask",
      ["tiny"],
      2,
      "nobody is here to be asked; use --yes to remove without a question",
    ],
  ])("of %s removes nothing", async (_, args, code, words) => {
    const { home, folder } = homeWith({ "tiny.gguf": 1000 });
    home.write(join(folder, "../../secret.gguf"), "secret");
    expect(expectFailure(await home.run(["models", "rm", ...args]), code)).toContain(words);
    expect(existsSync(join(folder, "tiny.gguf"))).toBe(true);
    expect(existsSync(join(folder, "../../secret.gguf"))).toBe(true);
  });

  test.each([
    ["y", false],
    ["n", true],
    ["\u0003", true],
  ])("on a terminal asks, and %j is an answer", async (key, stays) => {
    const { home, folder } = homeWith({ "tiny.gguf": 1000 });
    const terminal = home.terminal(["models", "rm", "tiny"]);
    await terminal.until("Remove local/tiny (1.0 kB)? [y]es, [n]o? ");
    terminal.type(key);
    expect(await terminal.exited).toBe(0);
    expect(terminal.isSane()).toBe(true);
    expect(existsSync(join(folder, "tiny.gguf"))).toBe(stays);
  });
});

test("models alone shows what it can do", async () => {
  const result = await new Home().run(["models"]);
  expectSilentSuccess(result);
  for (const command of ["list", "pull", "rm", "info", "bench", "acceleration"])
    expect(result.stdout).toMatch(new RegExp(`^ +${command} `, "m"));
});
