/** A compiled executable runs a real model with nothing of the library beside it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fs from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { buildDemoModel } from "../../scripts/demo-model.ts";
import { ownTarget } from "../../scripts/natives.ts";
import { bigramModel, SENTENCE } from "../fixtures/models/models.ts";
import { contentsOf } from "../fixtures/natives/sample.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

const ROOT = join(import.meta.dir, "../..");
const PROGRAM = join(ROOT, "tests/fixtures/natives/answer-program.ts");

/** Elsewhere the build would have to fetch what this one has installed. */
describe.skipIf(ownTarget() !== "bun-linux-x64")("an executable with the library in it", () => {
  const folder = fs.mkdtempSync(join(os.tmpdir(), "mcpchat-test-"));
  const executable = join(folder, "program");

  beforeAll(() => {
    const build = Bun.spawnSync([process.execPath, "build.ts", "--entry", PROGRAM, "--outfile", executable], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
    });
    expect([build.exitCode, build.stderr.toString()]).toEqual([0, ""]);
  }, 120_000);
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  /** Runs it with this environment and no other. */
  async function ask(cacheFolder: string, env: Record<string, string> = {}) {
    const child = Bun.spawn([executable, cacheFolder, await bigramModel()], {
      cwd: temporaryFolder(),
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [out, errors, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    return { out: out.trim(), errors, code };
  }

  const answered = { out: SENTENCE, errors: "", code: 0 };

  test("answers in an empty environment, also when it finds its files unpacked, and says nothing else", async () => {
    const cacheFolder = temporaryFolder();
    expect(await ask(cacheFolder)).toEqual(answered);
    const [version = ""] = fs.readdirSync(join(cacheFolder, "native"));
    expect(version).toMatch(/^\d+\.\d+\.\d+-[0-9a-f]{16}$/);
    const addon = join(cacheFolder, "native", version, "bins/linux-x64/llama-addon.node");
    const before = fs.statSync(addon);
    expect(await ask(cacheFolder)).toEqual(answered);
    expect(fs.statSync(addon)).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs });
  });

  test("repairs what was damaged in its cache folder", async () => {
    const cacheFolder = temporaryFolder();
    await ask(cacheFolder);
    const whole = contentsOf(cacheFolder);
    const file = (ending: string) =>
      join(cacheFolder, Object.keys(whole).find((name) => name.endsWith(ending)) ?? "");
    fs.truncateSync(file("llama-addon.node"), 1000);
    fs.rmSync(file("libggml-base.so"));
    fs.rmSync(file("binariesGithubRelease.json"));
    expect(await ask(cacheFolder)).toEqual(answered);
    expect(contentsOf(cacheFolder)).toEqual(whole);
  });

  test("holds the demo model that the sources make", () => {
    const { stdout, exitCode } = Bun.spawnSync([executable], { env: {} });
    expect(exitCode).toBe(0);
    expect(stdout.equals(Buffer.from(buildDemoModel()))).toBe(true);
  });

  test("does not care for what the environment tells the library", async () => {
    const env = { CI: "some-name", NODE_LLAMA_CPP_GPU: "nonsense", NODE_LLAMA_CPP_DEBUG: "true" };
    expect(await ask(temporaryFolder(), env)).toEqual(answered);
  });
});
