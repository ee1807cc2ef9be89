/** Answers, and what becomes of them when the process under them dies: real processes, really dying. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { until } from "../fixtures/temporary-folder.ts";
import { killChild, startModels, textIn, visible } from "./rig.ts";

setDefaultTimeout(60_000);

const DONE = { type: "done", stopReason: "end" } as const;
const failed = (problem: object) => ({ type: "failed" as const, problem });

describe("an answer", () => {
  test("comes with the loading before it, and ends once", async () => {
    await using rig = await startModels();
    const events = await Array.fromAsync(rig.generate("word 3"));
    const shown = events.filter(({ type }) => type !== "alive");
    expect(shown.slice(0, 2)).toMatchObject([
      { type: "loading", fraction: 0.5 },
      { type: "loading", fraction: 1 },
    ]);
    expect(textIn(events)).toBe("word1 word2 word3 ");
    expect(shown.slice(-2)).toMatchObject([{ type: "usage" }, DONE]);
    expect(rig.asked()).toEqual(["load good", "generate good"]);
  });

  test("takes a model that is loaded as it is", async () => {
    await using rig = await startModels();
    await rig.load("good", { contextSize: 8192 });
    await rig.ask("one");
    await rig.ask("two");
    expect(rig.asked()).toEqual(["load good", "generate good", "generate good"]);
  });

  test("takes a prompt of two megabytes", async () => {
    await using rig = await startModels();
    const text = `large 1 ${"ä".repeat(1_000_000)}`;
    expect(textIn(await rig.ask(text))).toBe(`large1 ${text.length}`);
  });

  test("fails with what the process says of the model", async () => {
    await using rig = await startModels();
    expect(await rig.ask("hi", "broken")).toMatchObject([
      failed({ code: "truncated", message: "broken is cut off" }),
    ]);
    expect(await rig.ask("hi", "odd")).toMatchObject([
      failed({ code: "failed", message: expect.stringContaining("no answer") }),
    ]);
    expect(rig.starts()).toBe(1);
  });

  test("is stopped by its signal, and the process lives", async () => {
    await using rig = await startModels();
    const stop = new AbortController();
    const events = [];
    for await (const event of rig.generate("wait 2", "good", stop.signal)) {
      events.push(event);
      if (event.type === "text" && event.text.startsWith("wait2")) stop.abort();
    }
    expect(textIn(events)).toBe("wait1 wait2 ");
    expect(events.at(-1)).toMatchObject(failed({ code: "aborted" }));
    expect((await rig.ask("next")).at(-1)).toEqual(DONE);
    expect(rig.starts()).toBe(1);
  });

  test("does not begin after its signal has aborted", async () => {
    await using rig = await startModels();
    const events = await Array.fromAsync(rig.generate("word", "good", AbortSignal.abort()));
    expect(events).toMatchObject([failed({ code: "aborted" })]);
    expect(rig.starts()).toBe(0);
  });

  test("is stopped when nobody listens any more", async () => {
    await using rig = await startModels({ settings: { acceleration: "auto", idleMs: 1 } });
    for await (const event of rig.generate("wait 1")) if (event.type === "text") break;
    await until("the model is idle", () => rig.loaded().length === 0);
    expect(rig.starts()).toBe(1);
  });

  test("is not disturbed by what else the process writes and sends", async () => {
    await using rig = await startModels();
    expect(await rig.ask("rubbish 2")).toMatchObject([
      { type: "text" },
      { type: "text" },
      { type: "usage" },
      DONE,
    ]);
    expect(rig.notices).toEqual([]);
  });
});

describe("the end of the process in mid-answer", () => {
  test.each([
    ["crash", "the inference process crashed (signal SIGSEGV): GGML_ASSERT(answer) failed"],
    ["killed", "the inference process crashed (killed by SIGKILL)"],
    ["leave", "the inference process crashed (exit 0)"],
  ])("%s: ends the answer with one line, and the next one works", async (how, message) => {
    await using rig = await startModels();
    const events = await rig.ask(`${how} 3`);
    expect(textIn(events)).toBe(`${how}1 ${how}2 ${how}3 `);
    expect(events.at(-1)).toMatchObject(failed({ code: "crashed", message }));
    expect((await rig.ask("next")).at(-1)).toEqual(DONE);
    expect(rig.asked()).toEqual(["load good", "generate good", "load good", "generate good"]);
    // Who waited was told.
    expect(rig.notices).toEqual([]);
  });

  test("one that nobody waits for costs a line, when it is back", async () => {
    await using rig = await startModels();
    await rig.ask("hi");
    process.kill(rig.pid(), "SIGKILL");
    await until("it is told", () => rig.notices.length > 0);
    expect(rig.notices).toEqual([
      expect.stringMatching(
        /^warn: the inference process crashed \(killed by SIGKILL\), restarted in \d+ ms$/,
      ),
    ]);
  });

  test("kill -9: the model is loaded again by itself; the time to recover", async () => {
    await using rig = await startModels();
    const stream = rig.generate("wait 2")[Symbol.asyncIterator]();
    for (let next = await stream.next(); !next.done; next = await stream.next()) {
      if (next.value.type === "text" && next.value.text.startsWith("wait2")) break;
    }
    const killed = performance.now();
    process.kill(rig.pid(), "SIGKILL");
    const rest = [];
    for (let next = await stream.next(); !next.done; next = await stream.next()) rest.push(next.value);
    const told = performance.now();
    expect(visible(rest)).toMatchObject([failed({ code: "crashed" })]);
    await until("the model is loaded again", () => rig.loaded().includes("good"));
    const loaded = performance.now();
    console.log(
      `kill -9: told after ${Math.round(told - killed)} ms, loaded again after ${Math.round(loaded - killed)} ms`,
    );
    expect((await rig.ask("next")).at(-1)).toEqual(DONE);
    expect(rig.asked()).toEqual(["load good", "generate good", "load good", "generate good"]);
  });

  test("a process without a sign of life is killed, and the next answer works", async () => {
    await using rig = await startModels({ limits: { silenceMs: 1000 } });
    const events = await rig.ask("hang 2");
    expect(textIn(events)).toBe("hang1 hang2 ");
    const message = "the inference process crashed (gave no sign of life for 1 s)";
    expect(events.at(-1)).toMatchObject(failed({ code: "crashed", message }));
    expect((await rig.ask("next")).at(-1)).toEqual(DONE);
  });

  test("one that does not stop when it is asked to is killed", async () => {
    await using rig = await startModels({ limits: { cancelMs: 100 } });
    const stop = new AbortController();
    const events = [];
    for await (const event of rig.generate("stubborn 1", "good", stop.signal)) {
      events.push(event);
      if (event.type === "text") stop.abort();
    }
    expect(events.at(-1)).toMatchObject(failed({ code: "aborted" }));
    expect((await rig.ask("next")).at(-1)).toEqual(DONE);
    expect(rig.notices.join()).toContain("(did not stop when it was asked to)");
  });
});

describe("whatever is killed comes back", () => {
  test.each(["loader", "host"] as const)("the %s", async (id) => {
    await using rig = await startModels();
    await rig.ask("one");
    await killChild(rig, id);
    await until("the model is loaded again", () => rig.loaded().includes("good"));
    expect((await rig.ask("two")).at(-1)).toEqual(DONE);
    expect(rig.asked()).toEqual(
      ["load good", "generate good", "keep", "load good", "generate good"].filter(
        (line) => id === "loader" || line !== "keep",
      ),
    );
  });

  test("the loader, under an answer, which ends, and under one who waits, who waits on", async () => {
    await using rig = await startModels();
    const answer = rig.ask("wait 1");
    await until("the answer goes on", () => rig.asked().includes("generate good"));
    const stop = new AbortController();
    const waiting = Array.fromAsync(rig.generate("hi", "slow", stop.signal));
    const loads = () => rig.asked().filter((line) => line === "load slow").length;
    await until("it is being loaded", () => loads() === 1);
    await killChild(rig, "loader");
    const stopped = failed({ code: "crashed", message: "the inference process was stopped" });
    expect((await answer).at(-1)).toMatchObject(stopped);
    await until("it is being loaded again", () => loads() === 2);
    stop.abort();
    expect((await waiting).at(-1)).toMatchObject(failed({ code: "aborted" }));
    expect((await rig.ask("next")).at(-1)).toEqual(DONE);
  });

  test("the branch itself", async () => {
    await using rig = await startModels();
    await rig.ask("one");
    rig.root.killChild("models");
    expect((await rig.ask("two")).at(-1)).toEqual(DONE);
    expect(rig.starts()).toBe(2);
  });
});
