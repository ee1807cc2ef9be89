/** The branch as a whole: processes that do not start, that crash too often, and the orderly end. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder, until } from "../fixtures/temporary-folder.ts";
import { startModels } from "./rig.ts";

setDefaultTimeout(60_000);

const DONE = { type: "done", stopReason: "end" } as const;

describe("a process that does not start", () => {
  test.each([
    ["die", "crashed", "the inference process crashed (signal SIGSEGV): error: the natives are broken"],
    ["leave", "crashed", "the inference process crashed (exit 0)"],
  ])("%s: the answer says why, at once", async (mode, code, message) => {
    await using rig = await startModels({ atStart: [mode] });
    expect(await rig.ask("hi")).toMatchObject([{ type: "failed", problem: { code, message } }]);
    expect(rig.starts()).toBe(1);
    expect(rig.notices).toEqual([]);
  });

  test("is given up when it is not ready in time", async () => {
    await using rig = await startModels({ atStart: ["never-ready"], limits: { readyMs: 1000 } });
    const message = "the inference process crashed (was not ready within 1 s)";
    expect(await rig.ask("hi")).toMatchObject([{ type: "failed", problem: { message } }]);
  });

  test("because it is not there: that is said", async () => {
    await using rig = await startModels({ command: ["/no/such/program"] });
    const message = "command not found: /no/such/program";
    expect(await rig.ask("hi")).toMatchObject([{ type: "failed", problem: { code: "failed", message } }]);
  });

  test("is not waited for by one who gives up", async () => {
    await using rig = await startModels({ atStart: ["never-ready"] });
    const stop = new AbortController();
    const events = Array.fromAsync(rig.generate("hi", "good", stop.signal));
    await until("it was started", () => rig.starts() === 1);
    stop.abort();
    expect(await events).toMatchObject([{ type: "failed", problem: { code: "aborted" } }]);
  });

  test("works once what was wrong is put right", async () => {
    const broken = join(temporaryFolder(), "broken");
    writeFileSync(broken, "");
    await using rig = await startModels({ atStart: ["die", broken] });
    expect(await rig.ask("hi")).toMatchObject([{ type: "failed" }]);
    rmSync(broken);
    expect((await rig.ask("hi")).at(-1)).toEqual(DONE);
  });
});

describe("a process that crashes too often", () => {
  const intensity = { maxRestarts: 2, maxSeconds: 60 };

  test("is given up with one line to who waits, ends nobody else, and is tried again by the next", async () => {
    const broken = join(temporaryFolder(), "broken");
    await using rig = await startModels({ atStart: ["die", broken], intensity });
    const first = rig.ask("one", "slow");
    await until("it is being loaded", () => rig.asked().includes("load slow"));
    const second = rig.ask("two");
    writeFileSync(broken, "");
    process.kill(rig.pid(), "SIGKILL");
    expect(await first).toMatchObject([{ type: "failed", problem: { code: "crashed" } }]);
    const problem = {
      code: "failed",
      message: "the inference process crashed too often (signal SIGSEGV): error: the natives are broken",
      advice: "try again in a minute, or use another model",
    };
    expect(await second).toMatchObject([{ type: "failed", problem }]);
    expect(rig.root.whichChildren()).toMatchObject([{ id: "models", state: "stopped" }]);
    rmSync(broken);
    expect((await rig.ask("three")).at(-1)).toEqual(DONE);
    expect(rig.notices.filter((line) => line.includes("restarted in"))).toEqual([]);
  });

  test("is told of when nobody waits", async () => {
    const broken = join(temporaryFolder(), "broken");
    await using rig = await startModels({ atStart: ["die", broken], intensity });
    await rig.ask("one");
    writeFileSync(broken, "");
    process.kill(rig.pid(), "SIGKILL");
    await until("it is told", () => rig.notices.length > 0);
    expect(rig.notices).toEqual([
      "error: the inference process crashed too often (signal SIGSEGV): error: the natives are broken; " +
        "try again in a minute, or use another model",
    ]);
  });

  test("because of one model, leaves the others usable", async () => {
    await using rig = await startModels({ intensity });
    const { signal } = new AbortController();
    for (let round = 0; round < 4; round++) {
      const crash = rig.models.loader.load("/crash", {}, () => {}, signal);
      await expect(crash).rejects.toMatchObject({ name: "ModelError" });
    }
    expect((await rig.ask("hi")).at(-1)).toEqual(DONE);
  });
});

describe("the end", () => {
  test("what was evaluated is kept before the process is stopped", async () => {
    await using rig = await startModels();
    await rig.ask("one");
    await rig.root.stop();
    expect(rig.asked().at(-1)).toBe("keep");
    const exits = rig.events.filter((event) => event.type === "child_exited" && event.id === "host");
    expect(exits).toMatchObject([{ exit: { kind: "shutdown" } }]);
    expect(rig.notices).toEqual([]);
  });

  test("a process that hangs is not waited for", async () => {
    await using rig = await startModels({ limits: { keepMs: 100 } });
    const answer = rig.ask("hang 1");
    await until("it hangs", () => rig.asked().includes("generate good"));
    await rig.root.stop();
    expect((await answer).at(-1)).toMatchObject({ type: "failed", problem: { code: "crashed" } });
  });
});
