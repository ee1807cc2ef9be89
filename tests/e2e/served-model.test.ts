/** A real model behind somebody else's server of OpenAI's API: what mcpchat is told, nobody here has written. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { bigramModel, SENTENCE } from "../fixtures/models/models.ts";
import { expectSilentSuccess } from "./complaint.ts";
import { Home } from "./harness.ts";

const SERVER = join(import.meta.dir, "../fixtures/openai-server/main.ts");

let baseUrl = "";
let stop = () => {};

beforeAll(async () => {
  const child = Bun.spawn([process.execPath, SERVER, await bigramModel()], {
    stdout: "pipe",
    stderr: "inherit",
  });
  stop = () => child.kill();
  const { value } = await child.stdout.getReader().read();
  baseUrl = Buffer.from(value ?? new Uint8Array())
    .toString()
    .trim();
});

afterAll(() => stop());

function home(): Home {
  const home = new Home();
  home.configure(`[providers.own]\nbase_url = "${baseUrl}"\n`);
  return home;
}

describe("a model served by inference-server", () => {
  test("answers", async () => {
    const result = await home().run(["-m", "own/tiny", "hello"]);
    expectSilentSuccess(result);
    expect(result.stdout).toBe(`${SENTENCE}\n`);
  });

  test("is told how many tokens it took", async () => {
    const result = await home().run(["-m", "own/tiny", "--json", "hello"]);
    const { usage } = JSON.parse(result.stdout);
    expect(usage.input).toBeGreaterThan(0);
    expect(usage.output).toBeGreaterThan(5);
  });

  test("goes on in the same session", async () => {
    const own = home();
    await own.run(["-m", "own/tiny", "hello"]);
    const result = await own.run(["-m", "own/tiny", "-c", "and?"]);
    expect(result.stdout).toBe(`${SENTENCE}\n`);
  });

  test("has to be one that it has", async () => {
    const result = await home().run(["-m", "own/other", "hello"]);
    expect(result.code).not.toBe(0);
    expect(result.stdout).toBe("");
    expect(result.stderr).toContain("Model does not exist");
  });
});
