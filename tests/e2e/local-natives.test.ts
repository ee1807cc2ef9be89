/** The native files that the executable unpacks: whatever happens to them, the next run puts them right. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Home } from "./harness.ts";

setDefaultTimeout(120_000);

const NOWHERE = { OLLAMA_HOST: "127.0.0.1:9" };

/** The unpacked files of a home, by name. */
function nativeFiles(home: Home): Map<string, string> {
  const folder = join(home.folder, ".cache/mcpchat/native");
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    entries.filter((entry) => entry.isFile()).map(({ name, parentPath }) => [name, join(parentPath, name)]),
  );
}

const zeros = (file: string) => {
  const content = readFileSync(file);
  writeFileSync(file, content.fill(0, 100_000, 140_000));
};

test.each<[string, string, (file: string) => void]>([
  ["is cut off", "libllama-common.so", (file) => truncateSync(file, 1000)],
  ["is gone", "llama-addon.node", (file) => rmSync(file)],
  ["is damaged, and of the right size", "libllama.v0.5.0.so", zeros],
  ["is damaged beyond loading", "libggml-base.so", (file) => writeFileSync(file, readFileSync(file).fill(0))],
])("one that %s is repaired", async (_what, name, damage) => {
  const home = new Home(NOWHERE);
  expect((await home.run(["hi"])).code).toBe(0);
  const file = nativeFiles(home).get(name);
  if (!file) throw new Error(`${name} is not among the native files`);
  const whole = readFileSync(file);
  damage(file);
  // A process that dies of it leaves a mark: the second try of the same run, or the next run, puts it right.
  await home.run(["hi"]);
  const { code, stdout } = await home.run(["-q", "hi"]);
  expect({ code, hello: stdout.startsWith("Hello!") }).toEqual({ code: 0, hello: true });
  expect(readFileSync(file).equals(whole)).toBe(true);
});

test("a run whose models work leaves no mark", async () => {
  const home = new Home(NOWHERE);
  expect((await home.run(["hi"])).code).toBe(0);
  expect([...nativeFiles(home).keys()]).not.toContain(".opening");
});
