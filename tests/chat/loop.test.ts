/** The loop of a chat, with a user and a model that do what a test says. */
import { expect, test } from "bun:test";
import type { Dialogue, Surface } from "../../src/chat/dialogue.ts";
import { chatLoop } from "../../src/chat/loop.ts";
import { Turnstile } from "../../src/lib/turnstile.ts";
import { ModelError } from "../../src/models/problem.ts";

/** Types these lines, and Ctrl-C while a model loads. */
async function chat(lines: string[], load: (signal: AbortSignal) => Promise<never>): Promise<string[]> {
  const told: string[] = [];
  let interrupt = () => {};
  const surface: Surface = {
    read: async () => {
      const text = lines.shift();
      return text === undefined ? { kind: "end" } : { kind: "line", text };
    },
    print: (text) => void told.push(text),
    progress: { live: true, show: () => interrupt(), clear: () => {} },
    floor: new Turnstile(),
    onInterrupt: (handler) => {
      interrupt = handler;
      return () => {};
    },
  };
  const ownModels: Partial<Dialogue["ownModels"]> = {
    load: async (_name, onProgress, signal) => {
      onProgress(0.5);
      return load(signal);
    },
  };
  // Nothing else of it is asked for.
  const conversation = { lacks: async () => undefined };
  const dialogue = { ownModels, conversation, expand: async () => undefined } as unknown as Dialogue;
  const reporter = () => {
    throw new Error("nobody answers");
  };
  const { signal } = new AbortController();
  const notify = (level: string, text: string) => void told.push(`${level}: ${text}`);
  await chatLoop({ surface, dialogue, reporter, notify, signal });
  return told;
}

test("Ctrl-C has one word, whatever it stops", async () => {
  const told = await chat(["/loadmodel slow"], async (signal) => {
    expect(signal.aborted).toBe(true);
    throw new ModelError({ code: "aborted", message: "stopped" });
  });
  expect(told).toEqual(["error: interrupted"]);
});

test("Ctrl-C does not hide a bug", async () => {
  const bug = new TypeError("no function");
  await expect(chat(["/loadmodel slow"], () => Promise.reject(bug))).rejects.toBe(bug);
});
