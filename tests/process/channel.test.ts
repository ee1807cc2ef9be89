import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { childEnvironment } from "../../src/process/environment.ts";
import { type SpawnOptions, spawnProcess } from "../../src/process/spawn.ts";
import { eventually, output } from "./programs.ts";

setDefaultTimeout(60_000);

const PROGRAM = fileURLToPath(new URL("../fixtures/channel.ts", import.meta.url));

/** A process with a channel, what it has said, and what was known of it when the channel closed. */
function start(mode: string, options: Partial<SpawnOptions> = {}) {
  const messages: unknown[] = [];
  const state = { closed: false };
  const channel = {
    onMessage: (message: unknown) => void messages.push(message),
    onClosed: () => {
      state.closed = true;
    },
  };
  const env = childEnvironment({});
  const running = spawnProcess({
    command: process.execPath,
    args: [PROGRAM, mode],
    env,
    channel,
    ...options,
  });
  return { ...running, messages, state };
}

describe("a channel", () => {
  test("carries messages both ways, large ones too", async () => {
    const { handle, messages, kill, exited } = start("echo");
    const message = { text: "ä\n\u2028".repeat(500_000), nothing: null };
    handle.send(message);
    await eventually("the echo", () => messages.length === 2);
    expect(messages).toEqual(["ready", message]);
    kill();
    expect(await exited).toEqual({ kind: "killed" });
  });

  test("ends with the stop recipe, which a polite process takes for its end", async () => {
    const graces = { endOfInputMs: 60_000, terminateMs: 60_000 };
    const { messages, stop, exited, state } = start("echo", { graces });
    await eventually("ready", () => messages.length === 1);
    stop();
    expect(await exited).toEqual({ kind: "shutdown" });
    expect(state.closed).toBe(true);
  });

  test("hands over every message that had left a process before its end is told", async () => {
    const { messages, exited, state } = start("die");
    expect(await exited).toMatchObject({ kind: "crash", error: { signal: "SIGKILL" } });
    expect(state.closed).toBe(true);
    expect(messages).toEqual(Array.from({ length: 50 }, (_, index) => ({ index })));
  });

  test("makes both outputs last words", async () => {
    const running = start("talk");
    expect(await running.exited).toMatchObject({ kind: "crash", error: { exitCode: 3 } });
    expect(running.handle.lastWords()).toEqual(["on stdout", "on stderr"]);
    expect(await output(running)).toBe("");
  });

  test("takes what a process does not read without waiting for it, which can still be killed", async () => {
    const { handle, messages, kill, exited } = start("busy");
    await eventually("busy", () => messages.length === 1);
    for (let round = 0; round < 50; round++) handle.send({ text: "x".repeat(100_000) });
    kill();
    expect(await exited).toEqual({ kind: "killed" });
  });

  test("is closed by what is no JSON, while the process lives", async () => {
    const { handle, messages, state, kill, exited } = start("rubbish");
    await eventually("ready", () => messages.length === 1);
    handle.send({});
    await eventually("closed", () => state.closed);
    expect(() => handle.send({})).toThrow("does not take messages any more");
    expect(messages).toEqual(["ready"]);
    kill();
    await exited;
  });

  test("takes no message after the end", async () => {
    const { handle, kill, exited, messages } = start("echo");
    await eventually("ready", () => messages.length === 1);
    kill();
    // Dead, though nobody may know it yet: whatever becomes of this one, it must not throw from elsewhere.
    try {
      handle.send({ text: "x".repeat(1_000_000) });
    } catch (error) {
      expect(error).toMatchObject({ reason: "closed" });
    }
    await exited;
    expect(() => handle.send({})).toThrow("does not take messages any more");
  });

  test("is not there unless it is asked for", async () => {
    const env = childEnvironment({});
    const { handle, exited } = spawnProcess({ command: "true", args: [], env });
    expect(() => handle.send({})).toThrow("no channel");
    await exited;
  });
});
