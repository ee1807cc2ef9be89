/** Runs with a model inside the executable, over a branch of models that a test decides. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";
import { modelControl } from "../../src/app/local-model.ts";
import type { OneShot } from "../../src/app/one-shot.ts";
import { describeError, ExitCode, SchemaError, UserError } from "../../src/lib/errors.ts";
import { benchFile, rememberBench } from "../../src/models/bench-record.ts";
import type { GenerateEvent } from "../../src/models/port.ts";
import { ScriptedModels } from "../llm/local/scripted-models.ts";
import { startRig } from "./rig.ts";

setDefaultTimeout(60_000);

const LOADED = {
  contextSize: 4096,
  threads: 1,
  layers: 1,
  acceleratedLayers: 0,
  batchSize: 512,
  memoryBytes: 1,
  loadMs: 1,
};

const answer = (text: string): GenerateEvent[] => [
  { type: "text", text },
  { type: "usage", usage: { evaluated: 3, reused: 4, generated: 5 } },
  { type: "done", stopReason: "end" },
];

/** A home with a models folder, in force under `toml`, and a branch of models that gives these answers. */
async function setUp(toml: (folder: string) => string, ...answers: GenerateEvent[][]) {
  const rig = await startRig();
  const models = new ScriptedModels(...answers);
  const folder = path.join(rig.folder, ".local/share/mcpchat/models");
  const write = (name: string) => {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, "GGUF weights");
    return file;
  };
  const m = write("m.gguf");
  const configure = async (text: string) => {
    rig.configure(text);
    await (await rig.app.services.need("config")).reload();
  };
  await configure(toml(folder));
  const ask = (text: string, changes: Partial<OneShot> = {}) => rig.ask(text, changes, { models });
  const dispose = () => rig[Symbol.asyncDispose]();
  return { rig, models, folder, m, write, configure, ask, [Symbol.asyncDispose]: dispose };
}

async function failing(work: Promise<unknown>): Promise<UserError> {
  const error = await work.catch((thrown: unknown) => thrown);
  if (error instanceof UserError) return error;
  throw new Error(`it did not fail as a user may see it: ${String(error)}`);
}

describe("the model", () => {
  test("is found by its name, and asked with what the configuration says", async () => {
    const toml = `model = "local/m"
[chat]
temperature = 0.5
top_k = 20
seed = 7
stop = ["END"]
[models]
context_size = 4096
threads = 3
acceleration = "none"
`;
    await using home = await setUp(() => toml, answer("hello"));
    const { result, provider, model, session } = await home.ask("hi");
    expect({ provider, model, text: result?.text }).toEqual({ provider: "local", model: "m", text: "hello" });
    expect(result?.usage).toEqual({ input: 3, output: 5, cacheRead: 4, cacheWrite: 0 });
    expect(home.models.requests).toMatchObject([
      {
        path: home.m,
        load: { contextSize: 4096, threads: 3, acceleration: "none" },
        sampling: { temperature: 0.5, topK: 20, seed: 7 },
        stop: ["END"],
        messages: [{ role: "user", blocks: [{ type: "text", text: "hi" }] }],
        conversation: { id: session ?? "none", file: expect.stringContaining(`/contexts/${session}.`) },
      },
    ]);
  });

  test("is found by its file", async () => {
    await using home = await setUp((folder) => `model = "${folder}/m.gguf"`, answer("hello"));
    expect(await home.ask("hi")).toMatchObject({ provider: "local", model: home.m });
    expect(home.models.requests[0]?.path).toBe(home.m);
  });

  test("is found in the folder of the configuration, and below the home folder", async () => {
    const toml = `model = "local/other"\n[models]\nfolder = "~/elsewhere"`;
    await using home = await setUp(() => toml, answer("hello"), answer("hello"));
    const other = home.write("../../../../elsewhere/other.gguf");
    await home.ask("hi");
    await home.configure('model = "~/elsewhere/other.gguf"');
    await home.ask("hi");
    expect(home.models.requests.map((request) => request.path)).toEqual([other, other]);
  });

  test("is the newest of the folder when nobody has named one and there is no key", async () => {
    await using home = await setUp(() => "", answer("hello"));
    fs.utimesSync(home.m, 1, 1);
    home.write("new.gguf");
    const { model, events } = await home.ask("hi");
    expect(model).toBe("new");
    expect(events.map(({ type }) => type)).not.toContain("tool_call");
    expect(home.rig.notices).toEqual([]);
  });

  test("is the next one when the newest is broken or hidden by the demo, and a line tells of the broken one", async () => {
    await using home = await setUp(() => "", answer("hello"));
    fs.utimesSync(home.m, 1, 1);
    const broken = home.write("zz.gguf");
    fs.writeFileSync(broken, "");
    home.write("demo.gguf");
    expect((await home.ask("hi")).model).toBe("m");
    expect(home.rig.notices).toEqual([expect.stringContaining(`${broken} is passed over`)]);
  });

  test("runs as it was measured to be best, unless the configuration says otherwise", async () => {
    await using home = await setUp(() => 'model = "local/m"', answer("a"), answer("b"));
    const row = { threads: 5, batchSize: 256, prompt: 1, generation: 1 };
    rememberBench(benchFile(home.rig.app.paths.dataFolder), home.m, row);
    await home.ask("hi");
    await home.configure('model = "local/m"\n[models]\nthreads = 2');
    await home.ask("hi");
    expect(home.models.requests.map(({ load }) => load)).toEqual([
      { acceleration: "auto", threads: 5, batchSize: 256 },
      { acceleration: "auto", threads: 2, batchSize: 256 },
    ]);
  });

  test.each([
    ['model = "local/nowhere"', ExitCode.usage, "there is no model nowhere"],
    ['model = "./nowhere.gguf"', ExitCode.usage, "nowhere.gguf: there is no such file"],
    ['model = "/dev/zero"', ExitCode.usage, "/dev/zero: is not a regular file"],
    ['model = "/dev"', ExitCode.usage, "/dev: is a folder"],
    ['model = "local/x"\n[models]\nfolder = "/dev/null"', ExitCode.configuration, "models.folder"],
    ['[models]\nfolder = "/dev/null"', ExitCode.configuration, "the models folder /dev/null is not a folder"],
    ['model = "local/x"\n[models]\nfolder = "/nowhere"', ExitCode.usage, "there is no model x in /nowhere"],
    ['model = "local/demo"', ExitCode.usage, "there is no demo model here"],
  ])("%s is refused before anything is stored", async (toml, exitCode, message) => {
    await using home = await setUp(() => toml, answer("hello"));
    const error = await failing(home.ask("hi"));
    expect(error.exitCode).toBe(exitCode);
    expect(describeError(error)).toContain(message);
    expect(home.rig.stored()).toEqual([]);
    expect(home.models.requests).toEqual([]);
  });
});

describe("what was read of a conversation", () => {
  test("goes on in the same file with its session", async () => {
    await using home = await setUp(() => 'model = "local/m"', answer("one"), answer("two"));
    const { session } = await home.ask("hi");
    await home.ask("and?", { session: { latest: true } });
    const [first, second] = home.models.requests.map(({ conversation }) => conversation);
    expect(first).toEqual({ id: session ?? "none", file: expect.any(String) });
    expect(second).toEqual(first);
  });

  test("is not kept where nothing is, or where nobody wants it", async () => {
    await using home = await setUp(() => 'model = "local/m"', answer("one"), answer("two"));
    await home.ask("hi", { save: false });
    await home.configure('model = "local/m"\n[models]\nkeep_context = false');
    await home.ask("hi");
    for (const { conversation } of home.models.requests) {
      expect(conversation).toEqual({ id: expect.any(String) });
    }
  });
});

describe("an answer of a schema", () => {
  const schema = { type: "object", required: ["n"], properties: { n: { type: "integer" } } };

  test("is asked for, and what it says is the result", async () => {
    await using home = await setUp(() => 'model = "local/m"', answer('{"n": 3}'));
    expect(await home.ask("hi", { schema })).toMatchObject({ data: { n: 3 }, result: { text: '{"n": 3}' } });
    expect(home.models.requests).toMatchObject([{ schema, tools: [] }]);
  });

  test("that it is not ends with 9 when it was asked for thrice, and all of it is stored", async () => {
    const wrong = answer('{"n": "x"}');
    await using home = await setUp(() => 'model = "local/m"', wrong, wrong, wrong);
    const { error } = await home.ask("hi", { schema });
    expect(error).toBeInstanceOf(SchemaError);
    expect(error?.message).toContain("data/n must be integer");
    expect(home.rig.stored()).toHaveLength(6);
  });
});

test("a loaded model is unloaded by its name or its path, whatever has become of its file", async () => {
  await using home = await setUp(() => "");
  const { app } = home.rig;
  const loaded = [home.m, "/elsewhere/big-00001-of-00002.gguf"].map((file) => ({ ...LOADED, path: file }));
  const unloaded: string[] = [];
  const loader = {
    load: app.models.loader.load,
    loaded: () => loaded,
    unload: async (file: string) => unloaded.push(file) > 0,
  };
  const control = modelControl({ ...app, models: { ...app.models, loader } }, {});
  fs.rmSync(home.m);
  for (const name of ["m", "local/m.gguf", home.m, "big"]) await control.unload(name);
  expect(unloaded).toEqual([home.m, home.m, home.m, "/elsewhere/big-00001-of-00002.gguf"]);
  await expect(control.unload("other")).rejects.toThrow("there is no model other");
});

test("a line that comes with every request is told once", async () => {
  const notice: GenerateEvent = { type: "notice", text: "there is no GPU" };
  const call: GenerateEvent = { type: "tool_call", id: "1", name: "x", arguments: {} };
  await using home = await setUp(
    () => 'model = "local/m"',
    [notice, call, { type: "done", stopReason: "tool_calls" }],
    [notice, ...answer("done")],
  );
  const { events } = await home.ask("hi");
  expect(events.filter(({ type }) => type === "request")).toHaveLength(2);
  expect(events.filter(({ type }) => type === "notice")).toEqual([notice]);
});
