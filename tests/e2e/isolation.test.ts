/** What lies in the folder where mcpchat runs must not change what mcpchat is. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { executablePath } from "../../scripts/build-inputs.mjs";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

const ROOT = join(import.meta.dir, "../..");
const EXECUTABLE = process.env.MCPCHAT_EXECUTABLE ?? executablePath(ROOT);

/** Runs the executable with nothing but a HOME. */
async function run(folder: string, ...args: string[]): Promise<{ out: string; err: string; code: number }> {
  const child = Bun.spawn([EXECUTABLE, ...args], {
    cwd: folder,
    env: { HOME: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { out, err, code };
}

test("the executable runs in an empty folder with nothing but a HOME", async () => {
  const { version } = await Bun.file(join(ROOT, "package.json")).json();
  const folder = temporaryFolder();
  expect(await run(folder, "--version")).toEqual({ out: `${version}\n`, err: "", code: 0 });
  expect(JSON.parse((await run(folder, "version", "--json")).out).version).toBe(version);
});

test("settings of Bun and of other programs in the folder change nothing", async () => {
  const folder = temporaryFolder();
  const before = await run(folder, "--help");
  expect(before.code).toBe(0);
  await Promise.all([
    Bun.write(join(folder, ".env"), "MCPCHAT_MODEL=openai/from-dot-env\nOPENAI_API_KEY=from-dot-env\n"),
    Bun.write(join(folder, "bunfig.toml"), 'preload = ["./preload.ts"]\n'),
    Bun.write(join(folder, "preload.ts"), 'console.log("preloaded");\n'),
    Bun.write(join(folder, "package.json"), '{ "type": "commonjs", broken\n'),
    Bun.write(join(folder, "tsconfig.json"), "{ broken\n"),
    Bun.write(join(folder, "node_modules/openai/package.json"), '{ "main": "index.js" }\n'),
    Bun.write(join(folder, "node_modules/openai/index.js"), 'console.log("hijacked");\n'),
    Bun.write(join(folder, "node_modules/node-llama-cpp/package.json"), '{ "main": "index.js" }\n'),
    Bun.write(join(folder, "node_modules/node-llama-cpp/index.js"), 'console.log("hijacked");\n'),
  ]);
  expect(await run(folder, "--help")).toEqual(before);
  const withoutKey = await run(folder, "--no-save", "hello");
  expect([withoutKey.out.split("!")[0], withoutKey.code]).toEqual(["Hello", 0]);
  expect(withoutKey.err).toContain("built-in demo");
  expect(withoutKey.out + withoutKey.err).not.toMatch(/dot-env|preloaded|hijacked/);
});
