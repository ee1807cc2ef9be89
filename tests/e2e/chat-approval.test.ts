/** On a terminal each call asks, showing everything; and what was answered for good holds in the next chat. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Pty } from "../fixtures/terminal/pty.ts";
import { CTRL_C, CTRL_D, openChat, PROMPT, say } from "./chat-dialogue.ts";
import { homeWithServers } from "./mcp-servers.ts";

setDefaultTimeout(120_000);

const QUESTION = "[o]nce, this [s]ession, [a]lways, ne[v]er, [n]o? ";
const DONE = "The tool said: hello";

const home = (args: object = { message: "hello" }) => homeWithServers({ good: { mode: "good" } }, args).home;
const open = (of: ReturnType<typeof home>) => openChat(of, "tool-echo", "--require", "good");

/** Sends a line that makes the model call the tool, and answers the question with a key. */
async function answer(pty: Pty, key: string, text: string): Promise<void> {
  pty.type("go\r");
  await pty.until(QUESTION);
  pty.type(key);
  await pty.until(text);
  await pty.until(PROMPT);
}

describe("the question", () => {
  test("shows server, tool and every argument whole, what is hidden in them made visible", async () => {
    const long = "x".repeat(500);
    const pty = await open(home({ message: `\u001b[2Jred\u202e ${long}end`, number: 5 }));
    pty.type("go\r");
    await pty.until("The model wants to call good/echo with");
    await pty.until(`message: \\u{1b}[2Jred\\u{202e} ${long}end`);
    await pty.until("number: 5");
    await pty.until(QUESTION);
    pty.type("n");
    await pty.until(PROMPT);
    expect(pty.output()).not.toContain("\u001b[2Jred");
    expect(pty.output()).not.toContain("\u202e");
  });

  test("once: the next call asks again", async () => {
    const pty = await open(home());
    await answer(pty, "o", DONE);
    await answer(pty, "y", DONE);
  });

  test("this session: the next call does not ask, the next chat does", async () => {
    const where = home();
    const pty = await open(where);
    await answer(pty, "s", DONE);
    await say(pty, "go on", DONE);
    pty.type(CTRL_D);
    await pty.exited;
    await answer(await open(where), "n", "denied");
  });

  test("always: neither the next call nor the next chat asks", async () => {
    const where = home();
    const pty = await open(where);
    await answer(pty, "a", DONE);
    await say(pty, "go on", DONE);
    pty.type(CTRL_D);
    await pty.exited;
    const next = await open(where);
    await say(next, "go on", DONE);
    expect(next.output()).not.toContain(QUESTION);
  });

  test("never: the call is denied, and so is every later one, unasked", async () => {
    const where = home();
    const pty = await open(where);
    await answer(pty, "v", "was denied: the user said never");
    pty.type(CTRL_D);
    await pty.exited;
    const next = await open(where);
    await say(next, "go on", "was denied: the user said never", "denied");
    expect(next.output()).not.toContain(QUESTION);
  });

  test.each([
    ["no", "n"],
    ["Escape", "\x1b"],
    ["Ctrl-D", CTRL_D],
  ])("%s: this call is denied, and the model goes on", async (_what, key) => {
    const pty = await open(home());
    await answer(pty, key, "This call was denied: the user said no.");
    await answer(pty, "o", DONE);
  });

  test("Ctrl-C: the call is denied and the turn is over", async () => {
    const pty = await open(home());
    await answer(pty, CTRL_C, "interrupted");
    pty.type("go again\r");
    await pty.until(QUESTION);
  });

  test("keys that mean nothing, and a line that was typed ahead, answer nothing", async () => {
    const pty = await open(home());
    pty.type("go\r");
    pty.type("ooo\r");
    await pty.until(QUESTION);
    pty.type("x7\r");
    pty.type("n");
    await pty.until("denied: the user said no");
    await pty.until(PROMPT);
  });
});

test("several calls at once are asked about one after the other", async () => {
  const { home: where } = homeWithServers({ good: { mode: "good" } });
  const pty = await openChat(where, "twice-echo", "--require", "good");
  pty.type("go\r");
  await pty.until(QUESTION);
  pty.type("o");
  await pty.until(QUESTION);
  pty.type("n");
  await pty.until("The tools said: hello and Error: This call was denied");
});

test("what a flag allows is not asked about", async () => {
  const pty = await openChat(home(), "tool-echo", "--require", "good", "--allow", "good/*");
  await say(pty, "go", DONE);
  expect(pty.output()).not.toContain(QUESTION);
});
