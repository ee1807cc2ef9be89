/** A new user: no key, no model, no network. The demo answers, by the same llama.cpp as any model, and says what it is. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expectFailure, expectSilentSuccess } from "./complaint.ts";
import { Home, homeWithModel } from "./harness.ts";
import { homeWithServers } from "./mcp-servers.ts";

setDefaultTimeout(120_000);

const LABEL = "mcpchat: no model is configured: this is the built-in demo, which knows a few sentences; ";
const NOWHERE = { OLLAMA_HOST: "127.0.0.1:1" };

const demoFolder = (home: Home) => join(home.folder, ".cache/mcpchat/demo");

describe("with nothing configured", () => {
  test("the demo answers, is told for what it is, and calls its clock", async () => {
    const home = new Home(NOWHERE);
    const result = await home.run(["--json", "hi"]);
    expect(result.stderr).toStartWith(LABEL);
    expect({ code: result.code, lines: result.stderr.trimEnd().split("\n").length }).toEqual({
      code: 0,
      lines: 1,
    });
    const { provider, model, text, tools, servers } = JSON.parse(result.stdout);
    expect({ provider, model }).toEqual({ provider: "local", model: "demo" });
    for (const way of ["ANTHROPIC_API_KEY", "models pull"]) expect(text).toContain(way);
    expect(tools).toEqual([expect.objectContaining({ server: "clock", ok: true })]);
    expect(servers).toEqual([expect.objectContaining({ name: "clock", state: "ready" })]);
  });

  test("without tools it answers all the same, and starts no server", async () => {
    const result = await new Home(NOWHERE).run(["--json", "--no-tools", "hi"]);
    expect(result.code).toBe(0);
    expect(JSON.parse(result.stdout)).toMatchObject({ model: "demo", tools: [], servers: [] });
  });

  test("-q leaves the answer alone", async () => {
    const result = await new Home(NOWHERE).run(["-q", "hi"]);
    expectSilentSuccess(result);
    expect(result.stdout).toContain("demo");
  });

  test("its file is repaired when it is damaged", async () => {
    const home = new Home(NOWHERE);
    expect((await home.run(["hi"])).code).toBe(0);
    const [name = ""] = readdirSync(demoFolder(home));
    const file = join(demoFolder(home), name);
    const whole = readFileSync(file);
    writeFileSync(file, whole.subarray(0, whole.length / 2));
    expect((await home.run(["hi"])).code).toBe(0);
    expect(readFileSync(file)).toEqual(whole);
    expect(readdirSync(demoFolder(home))).toEqual([name]);
  });
});

describe("the clock is the demo's alone", () => {
  test("who asks for the demo by its name gets no server, and no label", async () => {
    const result = await new Home(NOWHERE).run(["--json", "-m", "local/demo", "hi"]);
    expectSilentSuccess(result);
    expect(JSON.parse(result.stdout)).toMatchObject({ model: "demo", servers: [] });
  });

  test("who has servers keeps to them", async () => {
    const { home } = homeWithServers({ good: { mode: "good" } });
    const env = { ANTHROPIC_API_KEY: undefined, OPENAI_API_KEY: undefined, ...NOWHERE };
    const { stdout } = await home.run(["--json", "hi"], { env });
    expect(JSON.parse(stdout).servers.map(({ name }: { name: string }) => name)).toEqual(["good"]);
  });

  test("who has a key talks to the provider", async () => {
    const { home, model } = homeWithModel();
    const result = await home.run(["--json", "hi"]);
    expect(JSON.parse(result.stdout)).toMatchObject({ provider: "anthropic", servers: [] });
    expect(model.requests).toHaveLength(1);
  });
});

test("where the demo cannot be written, a line says so and what to do", async () => {
  const home = new Home(NOWHERE);
  home.write(join(home.folder, ".cache/mcpchat"), "a file in the place of the folder");
  expect(expectFailure(await home.run(["-q", "hi"]), 3)).toContain("set XDG_CACHE_HOME");
});
