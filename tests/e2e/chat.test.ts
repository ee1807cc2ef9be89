/** A person chats: lines, answers that stream, and the ways to stop one and to leave. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { CTRL_C, CTRL_D, openChat, PROMPT, say, UP } from "./chat-dialogue.ts";
import { homeWithModel } from "./harness.ts";
import { homeWithServers } from "./mcp-servers.ts";
import { eventually } from "./program.ts";
import { storedMessages } from "./stored.ts";

setDefaultTimeout(120_000);

describe("a chat", () => {
  test("answers line after line in one conversation, and leaves with 0", async () => {
    const { home, model } = homeWithModel();
    const pty = await openChat(home, "echo");
    await say(pty, "first things", "first things");
    await say(pty, "second things", "second things");
    pty.type("/exit\r");
    expect(await pty.exited).toBe(0);
    expect(model.requests[1]?.body.messages).toHaveLength(3);
    expect(storedMessages(home).map(({ role, text }) => `${role}: ${text}`)).toEqual([
      "user: first things",
      "assistant: first things",
      "user: second things",
      "assistant: second things",
    ]);
  });

  test("an answer is on the screen before it is over; Ctrl-C stops it and keeps what came", async () => {
    const { home, model } = homeWithModel();
    const pty = await openChat(home, "stall");
    pty.type("go\r");
    await pty.until("This answer stalls");
    pty.type(CTRL_C);
    await model.abandoned;
    await pty.until("interrupted");
    await pty.until(PROMPT);
    await say(pty, "/model openai/hello", "openai/hello");
    await say(pty, "and now", "Hello! How can I help");
    pty.type(CTRL_D);
    expect(await pty.exited).toBe(0);
    expect(storedMessages(home)).toMatchObject([
      { role: "user", text: "go" },
      { role: "assistant", status: "partial", text: "This answer stalls" },
      { role: "user", text: "and now" },
      { role: "assistant", status: "complete" },
    ]);
  });

  test("Ctrl-C before the first word stops the wait for it", async () => {
    const { home, model } = homeWithModel();
    const pty = await openChat(home, "hang");
    pty.type("go\r");
    await eventually("the model was asked", () => model.requests.length === 1);
    pty.type(CTRL_C);
    await pty.until("interrupted");
    await pty.until(PROMPT);
    pty.type(CTRL_D);
    expect(await pty.exited).toBe(0);
  });

  test("Ctrl-C at an empty prompt asks to be pressed again, and leaves then", async () => {
    const { home } = homeWithModel();
    const pty = await openChat(home, "hello");
    pty.type(CTRL_C);
    await pty.until("press Ctrl-C again");
    await say(pty, "not yet", "Hello! How can I help");
    pty.type(CTRL_C);
    await pty.until("press Ctrl-C again");
    pty.type(CTRL_C);
    expect(await pty.exited).toBe(0);
  });

  test("a failure costs a line, not the chat", async () => {
    const { home } = homeWithModel();
    const pty = await openChat(home, "unauthorized");
    await say(pty, "hi", "mcpchat:", "API key");
    await say(pty, "/model openai/hello", "openai/hello");
    await say(pty, "hi again", "Hello! How can I help");
    pty.type(CTRL_D);
    expect(await pty.exited).toBe(0);
  });

  test("what a model writes to the terminal is harmless", async () => {
    const { home } = homeWithModel();
    const pty = await openChat(home, "control");
    await say(pty, "hi", "aredb");
    expect(pty.output()).not.toContain("\x1b[31mred");
  });

  test("history goes from chat to chat; --no-save leaves nothing behind", async () => {
    const { home } = homeWithModel();
    const first = await openChat(home, "echo");
    await say(first, "remember this", "remember this");
    first.type(CTRL_D);
    await first.exited;
    const unsaved = await openChat(home, "echo", "--no-save");
    await say(unsaved, "forget this", "forget this");
    unsaved.type(CTRL_D);
    await unsaved.exited;
    const second = await openChat(home, "echo");
    second.type(UP);
    await second.until("remember this");
    second.type("\r");
    await second.until("remember this");
    second.type(CTRL_D);
    expect(await second.exited).toBe(0);
    expect(second.output()).not.toContain("forget this");
    const { stdout } = await home.run(["sessions", "list"]);
    expect(stdout.trim().split("\n")).toHaveLength(2);
  });

  test("-c goes on with the latest conversation", async () => {
    const { home, model } = homeWithModel();
    await home.run(["-m", "openai/echo", "from before"]);
    const pty = await openChat(home, "echo", "-c");
    await say(pty, "/history", "from before", "from before");
    await say(pty, "and on", "and on");
    expect(model.requests[1]?.body.messages).toHaveLength(3);
  });
});

test.each([
  [["chat", "say", "hello"], "chat takes no prompt; to ask once, leave out the word chat"],
  [["chat", "-f", "note.txt"], "chat takes no files; to ask once, leave out the word chat"],
  [["chat", "--json"], "chat takes no form of output; to ask once, leave out the word chat"],
])("%j is refused: nothing that was given is dropped in silence", async (args, line) => {
  const { home } = homeWithModel();
  home.write("note.txt", "a note");
  const pty = home.terminal([...args, "-m", "openai/hello"]);
  await pty.until(line);
  expect(await pty.exited).toBe(2);
});

test("Ctrl-C ends the wait for servers that are not known yet, and the next line does not wait again", async () => {
  const { home, model } = homeWithServers({ hung: { mode: "hung" } });
  const pty = await openChat(home, "hello", "--wait", "100000");
  pty.type("go\r");
  await pty.until("go");
  pty.type(CTRL_C);
  await pty.until("interrupted");
  await pty.until(PROMPT);
  await say(pty, "go on", "Hello! How can I help");
  expect(model.requests).toHaveLength(1);
});

describe("where there is no terminal", () => {
  test("a chat is refused with 2", async () => {
    const { home } = homeWithModel();
    expect(await home.run(["chat", "-m", "openai/hello"])).toMatchObject({
      code: 2,
      stderr: "mcpchat: a chat needs a terminal; give a prompt, or pipe text in\n",
    });
  });
});
