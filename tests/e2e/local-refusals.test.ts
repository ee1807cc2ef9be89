/** Models that cannot be run: a line each, and nothing crashes. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type BrokenKind, brokenModel } from "../fixtures/models/broken.ts";
import { bigramModel, SENTENCE } from "../fixtures/models/models.ts";
import { expectFailure, expectSilentSuccess } from "./complaint.ts";
import { Home } from "./harness.ts";

setDefaultTimeout(120_000);

test.each<[BrokenKind, number]>([
  ["folder", 2],
  ["not-gguf", 4],
  ["empty", 4],
  ["truncated", 4],
  ["truncated-header", 4],
  ["corrupt-header", 4],
  ["unknown-version", 4],
  ["unknown-architecture", 4],
  ["missing-tensors", 4],
  ["too-large", 4],
])("a model that is %s ends with %d", async (kind, code) => {
  const home = new Home();
  const file = brokenModel(kind, home.folder);
  const result = await home.run(["-m", file, "hello"]);
  expect(expectFailure(result, code)).toContain(kind);
  expect(result.stdout).toBe("");
});

test.each([
  ["a file", "./gone.gguf", "gone.gguf: there is no such file; name a .gguf file"],
  ["a name", "local/gone", "there is no model gone"],
])("%s that is not there ends with 2, in JSON too", async (_, model, line) => {
  const home = new Home();
  expect(expectFailure(await home.run(["-m", model, "hello"]), 2)).toContain(line);
  const { stdout } = await home.run(["-m", model, "--json", "hello"]);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: "missing", exit_code: 2 } });
});

test("after one that cannot be run, a chat goes on with one that can", async () => {
  const home = new Home();
  const broken = brokenModel("truncated", home.folder);
  const pty = home.terminal(["-m", broken]);
  await pty.until("/help");
  pty.type("hello\r");
  await pty.until("mcpchat:");
  pty.type(`/model ${await bigramModel()}\r`);
  await pty.until("local/");
  pty.type("hello\r");
  await pty.until(SENTENCE.slice(-20));
  pty.type("/exit\r");
  expect(await pty.exited).toBe(0);
});

test("a file beside the working folder is found by a relative path", async () => {
  const home = new Home();
  home.write("models/tiny one.gguf", readFileSync(await bigramModel()));
  for (const name of [
    "models/tiny one.gguf",
    join(home.work, "models/tiny one.gguf"),
    "~/work/models/tiny one.gguf",
  ]) {
    const result = await home.run(["-m", name, "hello"]);
    expectSilentSuccess(result);
    expect(result.stdout).toBe(`${SENTENCE}\n`);
  }
});
