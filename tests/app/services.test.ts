/** Each service of the root that is killed comes back, and knows what it knew. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fs from "node:fs";
import type { TurnSink } from "../../src/chat/events.ts";
import { killAt, startRig, until } from "./rig.ts";

setDefaultTimeout(60_000);

describe("config", () => {
  test("comes back with the configuration in force, and keeps its subscribers", async () => {
    await using rig = await startRig({ toml: "[chat]\nmax_turns = 7\n" });
    const heard: number[] = [];
    (await rig.app.services.need("config")).onChange(({ chat }) => heard.push(chat.maxTurns));
    await rig.kill("config");
    const config = await rig.app.services.need("config");
    expect(config.current().chat.maxTurns).toBe(7);
    rig.configure(`${rig.base}[chat]\nmax_turns = 9\n`);
    await config.reload();
    expect(heard).toEqual([9]);
  });

  test("comes back with the last good configuration while the file is broken, and follows its repair", async () => {
    await using rig = await startRig({ toml: "[chat]\nmax_turns = 7\n", watch: true });
    const heard: number[] = [];
    (await rig.app.services.need("config")).onChange(({ chat }) => heard.push(chat.maxTurns));
    rig.configure("model = [broken");
    await until("the bad edit is told", () => rig.notices.some((line) => line.includes("last good")));
    await rig.kill("config");
    expect((await rig.app.services.need("config")).current().chat.maxTurns).toBe(7);
    expect(rig.notices.filter((line) => line.includes("last good"))).toHaveLength(1);
    rig.configure(`${rig.base}[chat]\nmax_turns = 8\n`);
    await until("the repair is told", () => heard.includes(8));
  });

  test("a run in between takes the configuration of the new incarnation", async () => {
    await using rig = await startRig();
    await rig.kill("config");
    expect(await rig.ask("one")).toMatchObject({ model: "hello", result: { stopReason: "end" } });
  });
});

describe("alias", () => {
  test("comes back with what was added, also while its file is damaged", async () => {
    await using rig = await startRig();
    const aliases = await rig.app.services.need("alias");
    aliases.add("greet", "Say hello to $1");
    await rig.kill("alias");
    const list = [{ name: "greet", template: "Say hello to $1" }];
    expect((await rig.app.services.need("alias")).list()).toEqual(list);
    fs.writeFileSync(rig.app.paths.aliasFile, "greet = [broken");
    await rig.kill("alias");
    expect((await rig.app.services.need("alias")).list()).toEqual(list);
    expect(rig.notices.filter((line) => line.startsWith("error: "))).toHaveLength(1);
  });
});

describe("chat", () => {
  test("comes back, and the next turn runs in the same conversation", async () => {
    await using rig = await startRig();
    await rig.ask("one");
    await rig.kill("chat");
    expect(await rig.ask("two", { session: { latest: true } })).toMatchObject({
      result: { stopReason: "end" },
    });
    expect(rig.stored()).toHaveLength(4);
  });

  test("killed in the middle of a turn: the turn fails with one line, and what came is on disk", async () => {
    await using rig = await startRig({ model: "slow-20" });
    const { error, result } = await rig.ask("go", { sink: killAt(rig, "word3 ", "chat") });
    expect(error).toMatchObject({ code: "stopped" });
    expect(result?.text).toStartWith("word1 word2 word3 ");
    const [, answer] = rig.stored();
    expect(answer).toMatchObject({ role: "assistant", status: "partial" });
    const next = await rig.ask("hi", { session: { latest: true } });
    expect(next.error).toBeUndefined();
  });

  test("a bug in a turn is one line and a restart, not the end", async () => {
    await using rig = await startRig();
    const sink: TurnSink = (event) => {
      if (event.type === "text") throw new TypeError("a bug");
    };
    const { error } = await rig.ask("hi", { sink });
    expect(error).toMatchObject({ code: "bug", exitCode: 1, message: expect.stringContaining("a bug") });
    await until("it runs again", () => rig.app.services.current("chat") !== undefined);
    expect((await rig.ask("hi", { session: { latest: true } })).error).toBeUndefined();
  });
});

test("all of them killed at once: the next turn works", async () => {
  // They are more than the usual budget, which is for a part that keeps crashing.
  await using rig = await startRig({ toml: "[supervisor]\nmax_restarts = 10\n" });
  await rig.ask("one");
  for (const { id } of rig.app.root.whichChildren()) rig.app.root.killChild(id);
  const { error } = await rig.ask("two", { session: { latest: true } });
  expect(error).toBeUndefined();
  expect(rig.stored()).toHaveLength(4);
});
