import { afterEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { type Pty, runOnPty } from "../fixtures/terminal/pty.ts";

const PROGRAM = join(import.meta.dir, "../fixtures/terminal/line-editor.ts");
const open: Pty[] = [];

afterEach(() => {
  for (const pty of open.splice(0)) pty.close();
});

/** The program at its first prompt. */
async function start(history: string[] = [], env: Record<string, string> = {}): Promise<Pty> {
  const pty = runOnPty(PROGRAM, [JSON.stringify(history)], env);
  open.push(pty);
  await pty.until("you> ");
  return pty;
}

describe("the line editor on a terminal", () => {
  test("reads lines, edits them with Emacs keys, and leaves at Ctrl-D", async () => {
    const pty = await start();
    pty.type("world\x01hello \x05!\r");
    await pty.until('line "hello world!"');
    pty.type("\x04");
    await pty.until("left");
    expect(await pty.exited).toBe(0);
    expect(pty.isSane()).toBe(true);
  });

  test("hands history in and out, lines of several lines included", async () => {
    const pty = await start(["oldest", "two\nlines"]);
    pty.type("\x1b[A\r");
    await pty.until('line "two\\nlines"');
    pty.type("new\r");
    await pty.until('line "new"');
    pty.type("\x1b[A\x1b[A\x1b[A\r");
    await pty.until('line "oldest"');
    pty.type("\x04");
    await pty.until('left ["oldest","two\\nlines","two\\nlines","new","oldest"]');
  });

  test("takes a paste of several lines as one message", async () => {
    const pty = await start();
    pty.type("see: \x1b[200~one\r\ntwo\nthree\n\x1b[201~");
    pty.type("done\r");
    await pty.until('line "see: one\\ntwo\\nthree\\ndone"');
  });

  test("goes on after a backslash", async () => {
    const pty = await start();
    pty.type("one\\\r");
    await pty.until("... ");
    pty.type("two\r");
    await pty.until('line "one\\ntwo"');
  });

  test("keeps what was typed during an answer for the next line", async () => {
    const pty = await start();
    pty.type("answer\r");
    await pty.until("answering");
    pty.type("\x03ahead\rand more");
    await pty.until("stopped");
    await pty.until('line "ahead"');
    pty.type("\r");
    await pty.until('line "and more"');
  });

  test("Ctrl-C stops an answer and throws away what was typed before it", async () => {
    const pty = await start();
    pty.type("answer\r");
    await pty.until("answering");
    pty.type("forgotten\r");
    pty.type("\x03");
    await pty.until("stopped");
    await pty.until("you> ");
    pty.type("kept\r");
    await pty.until('line "kept"');
    expect(pty.output()).not.toContain("forgotten");
  });

  test("Ctrl-C clears a line, asks at an empty one, and leaves at the second", async () => {
    const pty = await start();
    pty.type("half a thought\x03kept\r");
    await pty.until('line "kept"');
    pty.type("\x03");
    await pty.until("press Ctrl-C again");
    pty.type("x\x03");
    pty.type("\x03");
    await pty.until("press Ctrl-C again");
    pty.type("\x03");
    await pty.until("left");
    expect(await pty.exited).toBe(0);
    expect(pty.isSane()).toBe(true);
  });

  test("a SIGINT that comes as a signal is a Ctrl-C", async () => {
    const pty = await start();
    pty.kill("SIGINT");
    await pty.until("press Ctrl-C again");
    pty.kill("SIGINT");
    await pty.until("left");
  });

  test("prints above the prompt and keeps what is being typed", async () => {
    const pty = await start();
    pty.type("later\r");
    await pty.until('line "later"');
    pty.type("being typed");
    await pty.until("news from behind");
    await pty.until("being typed");
    pty.type("!\r");
    await pty.until('line "being typed!"');
  });

  test("gives a read up when its signal aborts", async () => {
    const pty = await start();
    pty.type("abort\r");
    await pty.until('aborted: "given up"');
    await pty.until("you> ");
    pty.type("on\r");
    await pty.until('line "on"');
  });

  test.each([
    ["a crash", "crash\r", 1],
    ["an exit", "exit\r", 3],
  ])("gives the terminal back after %s", async (_name, keys, code) => {
    const pty = await start();
    expect(pty.isSane()).toBe(false);
    pty.type(keys);
    expect(await pty.exited).toBe(code);
    expect(pty.isSane()).toBe(true);
    await pty.until("\x1b[?2004l");
  });

  test("gives the terminal back after SIGTERM", async () => {
    const pty = await start();
    pty.kill("SIGTERM");
    expect(await pty.exited).toBe(143);
    expect(pty.isSane()).toBe(true);
  });

  test("on a dumb terminal it writes no escape sequence", async () => {
    const pty = await start([], { TERM: "dumb" });
    pty.type("hello\n");
    await pty.until('line "hello"');
    pty.type("ask\n");
    await pty.until("[n]o?");
    pty.type("once\n");
    await pty.until("permission once");
    pty.type("answer\n");
    await pty.until("answering");
    pty.kill("SIGINT");
    await pty.until("stopped");
    await pty.until("you> ");
    pty.kill("SIGINT");
    await pty.until("press Ctrl-C again");
    pty.type("\x04");
    await pty.until("left");
    expect(pty.output()).not.toContain("\x1b");
  });
});

describe("the question before a tool call", () => {
  test.each([
    ["o", "once"],
    ["s", "session"],
    ["A", "always"],
    ["v", "never"],
    ["n", "no"],
    ["\x03", "no"],
    ["\x1b", "no"],
  ])("takes %j for %s", async (key, answer) => {
    const pty = await start();
    pty.type("ask\r");
    await pty.until("[n]o?");
    pty.type(key);
    await pty.until(`permission ${answer}`);
  });

  test("shows server, tool and every argument, with what is hidden in them", async () => {
    const pty = await start();
    pty.type("ask\r");
    await pty.until("The model wants to call files/write with");
    await pty.until("path: /tmp/x\\u{202e}");
    await pty.until("size: 3");
    expect(pty.output()).not.toContain("\x1b[2J");
  });

  test("takes neither other keys, nor a paste, nor what was typed ahead for an answer", async () => {
    const pty = await start();
    pty.type("ask\ra");
    await pty.until("[n]o?");
    pty.type("x");
    pty.type("\x1b[200~s\x1b[201~");
    pty.type("\x1b[A");
    pty.type("o");
    await pty.until("permission once");
  });
});

describe("an answer to a question", () => {
  /** At the first of two questions. */
  async function asked(env: Record<string, string> = {}): Promise<Pty> {
    const pty = await start(["earlier"], env);
    pty.type("question\r");
    await pty.until("first? ");
    return pty;
  }

  test.each(["xterm-256color", "dumb"])(
    "is a line, of which nothing is remembered (TERM=%s)",
    async (TERM) => {
      const pty = await asked({ TERM });
      pty.type("one\\\r");
      await pty.until('first {"kind":"line","text":"one\\\\"}');
      await pty.until("second? ");
      pty.type("\r");
      await pty.until('second {"kind":"line","text":""}');
      await pty.until("you> ");
      pty.type("\x04");
      await pty.until('left ["earlier","question"]');
    },
  );

  test("is not what the arrow keys bring back", async () => {
    const pty = await asked();
    pty.type("earlier\r");
    await pty.until("second? ");
    pty.type("other\r");
    await pty.until("you> ");
    pty.type("\x1b[A\x1b[A\r");
    await pty.until('line "earlier"');
  });

  test("is not what was typed before the question", async () => {
    const pty = await start();
    pty.type("question\rtyped ahead\r");
    await pty.until("first? ");
    pty.type("now\r");
    await pty.until('first {"kind":"line","text":"now"}');
  });

  test("Ctrl-C ends it, and what asked it", async () => {
    const pty = await asked();
    pty.type("half\x03");
    await pty.until("interrupted");
    await pty.until('first {"kind":"end"}');
    await pty.until("you> ");
    pty.type("hello\r");
    await pty.until('line "hello"');
  });

  test("half of one is gone when the question is", async () => {
    const pty = await start();
    pty.type("withdrawn\r");
    await pty.until("abort> ");
    pty.type("half");
    await pty.until('aborted: "given up"');
    await pty.until("you> ");
    pty.type("hello\r");
    await pty.until('line "hello"');
  });

  test("Ctrl-D ends it, and not the chat", async () => {
    const pty = await asked();
    pty.type("\x04");
    await pty.until('first {"kind":"end"}');
    await pty.until("you> ");
    pty.type("hello\r");
    await pty.until('line "hello"');
  });
});
