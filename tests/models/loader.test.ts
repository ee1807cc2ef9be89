/** Models that come and go, in a real process. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { until } from "../fixtures/temporary-folder.ts";
import { startModels } from "./rig.ts";

setDefaultTimeout(60_000);

describe("loading", () => {
  test("twice at once is one load, and both see its progress", async () => {
    await using rig = await startModels();
    const progress: [number[], number[]] = [[], []];
    const [one, two] = await Promise.all([
      rig.load("good", {}, progress[0]),
      rig.load("good", {}, progress[1]),
    ]);
    expect(one).toEqual(two);
    expect(progress).toEqual([
      [0.5, 1],
      [0.5, 1],
    ]);
    expect(rig.asked()).toEqual(["load good"]);
  });

  test("goes on for one when another gives up, and stops when nobody is left", async () => {
    await using rig = await startModels();
    const { loader } = rig.models;
    const [first, second] = [new AbortController(), new AbortController()];
    const load = (signal: AbortSignal) => loader.load("/slow", {}, () => {}, signal);
    const [one, two] = [load(first.signal), load(second.signal)];
    const settled = Promise.allSettled([one, two]);
    await until("it is being loaded", () => rig.asked().includes("load slow"));
    first.abort();
    await expect(one).rejects.toMatchObject({ code: "aborted" });
    second.abort();
    expect(await settled).toMatchObject([{ status: "rejected" }, { status: "rejected" }]);
    await rig.load("good");
    expect(rig.asked()).toEqual(["load slow", "load good"]);
    expect(rig.starts()).toBe(1);
  });

  test("that does not stop costs the process, and nobody else's model", async () => {
    await using rig = await startModels({ limits: { cancelMs: 100 } });
    await rig.load("good");
    const stop = new AbortController();
    const stubborn = rig.models.loader.load("/stubborn", {}, () => stop.abort(), stop.signal);
    await expect(stubborn).rejects.toMatchObject({ code: "aborted" });
    await until("the other is loaded again", () => rig.starts() === 2 && rig.loaded().includes("good"));
    expect(rig.notices).toHaveLength(1);
  });

  test("a model that ends the process is told to who wanted it, and is not loaded again by itself", async () => {
    await using rig = await startModels();
    await rig.load("good");
    const message = "the inference process crashed (signal SIGSEGV): GGML_ASSERT(crash) failed";
    await expect(rig.load("crash")).rejects.toMatchObject({ code: "crashed", message });
    await until("the other is loaded again", () => rig.loaded().includes("good"));
    expect(rig.asked()).toEqual(["load good", "load crash", "load good"]);
  });

  test("one that ends the process when it is loaded again is told of once, and costs one restart", async () => {
    await using rig = await startModels();
    await rig.load("good");
    await rig.load("fatal-again");
    process.kill(rig.pid(), "SIGKILL");
    await until("the other is loaded again", () => rig.starts() === 3 && rig.loaded().includes("good"));
    const told =
      "warn: the model fatal-again is not loaded again: loading it has ended the inference process";
    expect(rig.notices.filter((line) => line.includes("not loaded again"))).toEqual([told]);
    expect(rig.loaded()).toEqual(["good"]);
  });

  test("what was loaded is loaded again after a crash, what was used last first", async () => {
    await using rig = await startModels();
    await rig.load("one");
    await rig.load("two");
    await rig.load("one");
    process.kill(rig.pid(), "SIGKILL");
    await until("both are loaded again", () => rig.starts() === 2 && rig.loaded().length === 2);
    expect(rig.asked()).toEqual(["load one", "load two", "load one", "load two"]);
  });
});

describe("memory", () => {
  test("what was used least recently makes room", async () => {
    await using rig = await startModels();
    for (const name of ["one", "two", "one", "three"]) await rig.load(name);
    expect(rig.loaded().toSorted()).toEqual(["one", "three"]);
    expect(rig.asked().slice(2)).toEqual(["load three", "unload two", "load three"]);
  });

  test("a model that answers is never unloaded: then there is no room", async () => {
    await using rig = await startModels();
    const stop = new AbortController();
    const answers = ["one", "two"].map((name) => Array.fromAsync(rig.generate("wait 1", name, stop.signal)));
    await until("both answer", () => rig.asked().filter((line) => line.startsWith("generate")).length === 2);
    await expect(rig.load("three")).rejects.toMatchObject({ code: "too_large", exitCode: 4 });
    expect(rig.loaded().toSorted()).toEqual(["one", "two"]);
    stop.abort();
    await Promise.all(answers);
  });
});

describe("unloading", () => {
  test("tells whether the model was loaded, and is no reason to start anything", async () => {
    await using rig = await startModels();
    expect(await rig.unload("good")).toBe(false);
    expect(rig.starts()).toBe(0);
    await rig.load("good");
    expect(await rig.unload("other")).toBe(false);
    expect(await Promise.all([rig.unload("good"), rig.unload("good")])).toEqual([true, true]);
    expect(rig.loaded()).toEqual([]);
  });

  test("comes by itself after the idle time; a change of it counts at once", async () => {
    await using rig = await startModels();
    await rig.load("good");
    expect(rig.loaded()).toEqual(["good"]);
    rig.apply({ acceleration: "auto", idleMs: 1 });
    await until("it is unloaded", () => rig.asked().includes("unload good"));
    expect(rig.loaded()).toEqual([]);
    process.kill(rig.pid(), "SIGKILL");
    await until("the process is back", () => rig.notices.length === 1);
    expect(rig.loaded()).toEqual([]);
  });
});

describe("questions", () => {
  test("get their answers, news on the way, and problems as errors", async () => {
    await using rig = await startModels({
      env: { HOME: "/home", OPENAI_API_KEY: "secret", CUDA_VISIBLE_DEVICES: "1" },
    });
    const { signal } = new AbortController();
    const { inspection } = rig.models;
    const rows: number[] = [];
    const bench = await inspection.bench("/good", {}, (row) => rows.push(row.threads), signal);
    expect(bench).toMatchObject([{ threads: 1, generation: 10 }]);
    expect(rows).toEqual([1]);
    await expect(inspection.info("/none", {}, signal)).rejects.toMatchObject({
      code: "missing",
      exitCode: 2,
    });
    const { reason = "" } = await inspection.acceleration(signal);
    expect(reason).toContain(JSON.stringify({ cacheFolder: rig.folder, acceleration: "auto" }));
    expect(reason).toContain("CUDA_VISIBLE_DEVICES");
    expect(reason).not.toContain("API_KEY");
  });
});
