/** `mcpchat models info|bench|acceleration`: asked of the process that runs models. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { brokenModel } from "../fixtures/models/broken.ts";
import { bigramModel, countingModel } from "../fixtures/models/models.ts";
import { expectFailure, expectSilentSuccess } from "./complaint.ts";
import { Home } from "./harness.ts";

setDefaultTimeout(120_000);

/** A home with a real model, called `hello`. */
async function homeWithModel(): Promise<{ home: Home; path: string }> {
  const home = new Home();
  const folder = join(home.folder, ".local/share/mcpchat/models");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "hello.gguf");
  copyFileSync(await bigramModel(), path);
  return { home, path };
}

describe("models info", () => {
  test("tells what the file says, as a table and as JSON", async () => {
    const { home, path } = await homeWithModel();
    const table = await home.run(["models", "info", "hello"]);
    expectSilentSuccess(table);
    for (const line of [/^architecture {5}llama$/m, /^layers {11}\d+$/m, /^memory {11}about .* tokens$/m])
      expect(table.stdout).toMatch(line);
    const result = await home.run(["models", "info", "local/hello", "--json"]);
    expectSilentSuccess(result);
    expect(JSON.parse(result.stdout)).toEqual({
      name: expect.any(String),
      path,
      bytes: expect.any(Number),
      parts: 1,
      architecture: "llama",
      quantisation: expect.any(String),
      parameters: expect.any(Number),
      layers: expect.any(Number),
      trained_context: expect.any(Number),
      memory_bytes: expect.any(Number),
      context_size: expect.any(Number),
      has_chat_template: expect.any(Boolean),
    });
  });

  test("takes a path, and the demo", async () => {
    const { home, path } = await homeWithModel();
    copyFileSync(path, join(home.work, "other.gguf"));
    expect((await home.run(["models", "info", "./other.gguf"])).stdout).toContain("other.gguf");
    expect((await home.run(["models", "info", "demo"])).stdout).toContain("mcpchat demo");
  });

  test.each([
    ["what is not there", ["helo"], 2, "/models; did you mean hello?"],
    ["nothing", [], 2, "models info needs a name"],
    ["what is no model", ["./not-gguf.gguf"], 4, "is not a GGUF model"],
  ])("of %s is one line", async (_, args, code, words) => {
    const { home } = await homeWithModel();
    brokenModel("not-gguf", home.work);
    expect(expectFailure(await home.run(["models", "info", ...args]), code)).toContain(words);
  });
});

describe("models bench", () => {
  test("prints a row for each measurement, and remembers the best", async () => {
    const { home, path } = await homeWithModel();
    const result = await home.run(["models", "bench", "hello"]);
    expectSilentSuccess(result);
    const [headings, ...rows] = result.stdout.trimEnd().split("\n");
    expect(headings).toBe("threads  batch  prompt t/s  generation t/s");
    expect(rows.length).toBeGreaterThan(1);
    for (const row of rows) expect(row).toMatch(/^ +\d+ +\d+ +\d+\.\d +\d+\.\d$/);
    const { bench } = JSON.parse(readFileSync(join(home.folder, ".local/share/mcpchat/models.json"), "utf8"));
    expect(bench).toEqual([
      {
        path,
        bytes: statSync(path).size,
        modified: statSync(path).mtimeMs,
        parallelism: availableParallelism(),
        threads: expect.any(Number),
        batchSize: expect.any(Number),
        prompt: expect.any(Number),
        generation: expect.any(Number),
      },
    ]);
    const row = [
      bench[0].threads,
      bench[0].batchSize,
      bench[0].prompt.toFixed(1),
      bench[0].generation.toFixed(1),
    ];
    expect(rows.map((line) => line.trim().split(/ +/))).toContainEqual(row.map(String));
  });

  test("tries all again, whatever was the best before, and tells it as JSON", async () => {
    const { home, path } = await homeWithModel();
    const threads = async () => {
      const result = await home.run(["models", "bench", "hello", "--json"]);
      expectSilentSuccess(result);
      const { path: measured, rows, best } = JSON.parse(result.stdout);
      expect(measured).toBe(path);
      expect(rows).toContainEqual(best);
      return rows.map((row: { threads: number }) => row.threads);
    };
    expect(await threads()).toEqual(await threads());
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s ends it as any other command", async (signal, code) => {
    const { home } = await homeWithModel();
    const slow = await countingModel({ endless: true, layers: 8, feedForward: 4096 });
    const program = home.start(["models", "bench", slow]);
    await program.until("stdout", "generation t/s");
    program.kill(signal);
    expect(await program.exited).toMatchObject({ code, stderr: "" });
  });

  test("does without a record that is damaged", async () => {
    const { home } = await homeWithModel();
    const file = join(home.folder, ".local/share/mcpchat/models.json");
    writeFileSync(file, "{");
    const result = await home.run(["models", "bench", "hello"]);
    expect(result.code).toBe(0);
    expect(result.stderr).toContain(
      "models.json: is damaged; what mcpchat models bench has measured is not used\n",
    );
    expect(JSON.parse(readFileSync(file, "utf8")).bench).toHaveLength(1);
  });
});

test("models acceleration tells what models run on", async () => {
  const home = new Home();
  const table = await home.run(["models", "acceleration"]);
  expectSilentSuccess(table);
  expect(table.stdout).toMatch(/^in use {4}\S/);
  const { stdout } = await home.run(["models", "acceleration", "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({
    in_use: expect.stringMatching(/^(none|metal|cuda|vulkan)$/),
    threads: expect.any(Number),
    memory: { total_bytes: expect.any(Number), free_bytes: expect.any(Number) },
  });
});
