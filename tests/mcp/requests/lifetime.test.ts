/** How long a question stands, and what a server is told and tells beside. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { JsonObject } from "../../../src/lib/conversation.ts";
import { eventually } from "../servers.ts";
import { form, start, untilAborted } from "./asking.ts";

setDefaultTimeout(60_000);

describe("a question goes away", () => {
  test("when the server takes it back", async () => {
    const { counterpart, ask } = await start();
    counterpart.reply = (_question, signal) => untilAborted(signal);
    expect(await ask("elicitation/create", form({}), { cancelMs: 100 })).toBe("cancelled");
    await eventually("the signal", () => counterpart.signals[0]?.aborted === true);
  });

  test("when the call that made the server ask is cancelled", async () => {
    const { counterpart, mcp } = await start();
    counterpart.reply = (_question, signal) => untilAborted(signal);
    const tool = mcp.host.tools().find(({ name }) => name === "ask");
    if (!tool) throw new Error("no tool");
    const stopped = new AbortController();
    const args = { method: "elicitation/create", params: form({}) };
    const call = mcp.host.call(tool, args, { signal: stopped.signal, timeoutMs: 30_000 });
    await eventually("the question", () => counterpart.questions.length === 1);
    stopped.abort(new Error("Ctrl-C"));
    await expect(call).rejects.toThrow("Ctrl-C");
    expect(counterpart.signals[0]?.reason).toEqual(new Error("Ctrl-C"));
  });

  test("when the server is gone", async () => {
    const { counterpart, call } = await start({ restart: "temporary" });
    counterpart.reply = (_question, signal) => untilAborted(signal);
    expect(await call("vanish", { method: "elicitation/create", params: form({}) })).toHaveProperty("failed");
    expect(counterpart.signals[0]?.aborted).toBe(true);
  });
});

test("the limits of a call stand still while the person thinks", async () => {
  const { counterpart, mcp } = await start();
  counterpart.reply = async () => {
    await Bun.sleep(700);
    return { action: "accept" };
  };
  const tool = mcp.host.tools().find(({ name }) => name === "ask");
  if (!tool) throw new Error("no tool");
  const args = { method: "elicitation/create", params: form({}) };
  const signal = new AbortController().signal;
  const outcome = await mcp.host.call(tool, args, { signal, timeoutMs: 500 });
  expect(outcome).toMatchObject({ isError: false, content: expect.stringContaining("accept") });
});

describe("roots", () => {
  test("are the folders as addresses of files, and the server hears when they change", async () => {
    const { counterpart, ask, call } = await start();
    expect(await ask("roots/list", {})).toEqual({
      roots: [{ uri: "file:///work/one%20two", name: "one two" }],
    });
    counterpart.changeRoots(["/elsewhere"]);
    await eventually("the news", async () =>
      (await call("seen")).includes("notifications/roots/list_changed"),
    );
    expect(await ask("roots/list", {})).toEqual({ roots: [{ uri: "file:///elsewhere", name: "elsewhere" }] });
  });

  test("nobody listens for a connection that is over", async () => {
    const { counterpart, mcp } = await start();
    await eventually("a listener", () => counterpart.listeners === 1);
    await mcp.host.restart("asking");
    await mcp.ready("asking");
    await eventually("one listener", () => counterpart.listeners === 1);
  });
});

describe("logging", () => {
  test("messages are entries, bounded, whatever they hold", async () => {
    const { counterpart, call } = await start();
    const tell = (params: JsonObject) => call("tell", { method: "notifications/message", params });
    await tell({ level: "warning", logger: "db", data: "low on disk" });
    await tell({ level: "info", data: { free: 3 } });
    await tell({ level: "error", logger: "l".repeat(500), data: "x".repeat(100_000) });
    await call("seen");
    expect(counterpart.entries).toMatchObject([
      { level: "warning", logger: "db", text: "low on disk" },
      { level: "info", text: '{"free":3}' },
      { level: "error" },
    ]);
    expect(counterpart.entries[2]?.text).toHaveLength(4000);
    expect(counterpart.entries[2]?.logger).toHaveLength(100);
  });

  test("the configured level is asked for, and none where none is configured", async () => {
    const { call } = await start({ logLevel: "error" });
    await eventually("the level", async () => (await call("seen")).includes("level error"));
    const silent = await start();
    expect((await silent.call("seen")).some((one: string) => one.startsWith("level"))).toBe(false);
  });
});
