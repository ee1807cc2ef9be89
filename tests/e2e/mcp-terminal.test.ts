/** What servers do to the terminal of a person: progress is shown, and questions come apart from everything else. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { askingServer } from "../app/asking-server.ts";
import { CTRL_C, openChat, PROMPT, say } from "./chat-dialogue.ts";
import { homeWithModel } from "./harness.ts";
import { modelWith, publishedServer } from "./mcp-servers.ts";

setDefaultTimeout(120_000);

const FORM = {
  message: "Who are you?",
  requestedSchema: { type: "object", properties: { name: { type: "string" } }, required: ["name"] },
};
const FIELD = "name (text): ";
const DROPPED = "Nothing typed here is sent; press Enter to go on: ";

/** A chat with the server that asks, whose calls have these arguments. */
async function chatAsking(tool: string, args: object) {
  const { home, model } = homeWithModel(modelWith({ method: "elicitation/create", params: FORM, ...args }));
  home.configure(askingServer());
  return { model, pty: await openChat(home, `tool-${tool}`, "--require", "asking", "--yes") };
}

describe("progress of a tool", () => {
  const TOOL = "trigger-long-running-operation";
  const LINE = "everything/trigger-long";
  const ARGUMENTS = { duration: 1, steps: 4 };

  function homeWithEverything() {
    const made = homeWithModel(modelWith(ARGUMENTS));
    made.home.configure(publishedServer("everything", "server-everything", "stdio"));
    return made.home;
  }

  test("is a line in a chat, and gone before the answer", async () => {
    const options = ["--require", "everything", "--yes"];
    const pty = await openChat(homeWithEverything(), `tool-${TOOL}`, ...options);
    pty.type("go\r");
    await pty.until(`\r${LINE}`);
    await pty.until("[#####-----] 50 %");
    await pty.until(" \rThe tool said: Long running");
    await pty.until(PROMPT);
  });

  test("is a line in a run, and in a call", async () => {
    const home = homeWithEverything();
    const run = home.terminal(["-m", `openai/tool-${TOOL}`, "--yes", "go"]);
    await run.until("[#####-----] 50 %");
    await run.until(" \rThe tool said: Long running");
    const call = home.terminal(["call", "everything", TOOL, "duration=1", "steps=4"]);
    await call.until("[#####-----] 50 %");
    await call.until(" \rLong running");
  });

  test("is nothing with -q, or without a terminal", async () => {
    const home = homeWithEverything();
    const quiet = home.terminal(["-q", "call", "everything", TOOL, "duration=1", "steps=4"]);
    await quiet.exited;
    expect(quiet.output()).toStartWith("Long running");
    const piped = await home.run(["call", "everything", TOOL, "duration=1", "steps=4"]);
    expect(piped).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining("Long running") });
  });
});

test("a question that comes in the middle of an answer waits for its end", async () => {
  const { home } = homeWithModel();
  const now = join(home.folder, "now");
  home.configure(askingServer(`env = { ASK_AT = ${JSON.stringify(now)} }`));
  const pty = await openChat(home, "slow-150", "--require", "asking");
  pty.type("hi\r");
  await pty.until("word1 ");
  home.write(now, "");
  await pty.until("server asking has a question, which comes after the answer");
  await pty.until("word20");
  await pty.until("server asking asks: later?");
  await pty.until("Send this to asking: [y]es, [n]o? ");
  pty.type("n");
  await pty.until("was declined");
  await pty.until(PROMPT);
  expect(pty.output().split("later?")[1]).not.toContain("word");
});

describe("a question that the server does not wait for any more", () => {
  test.each([
    ["took back", "ask", { cancelMs: 1000 }, "server asking took its question back."],
    ["lost by its end", "vanish", {}, "The question of asking is gone: "],
  ])("as it %s is told of, and the line that was for it goes nowhere", async (_how, tool, args, told) => {
    const { pty, model } = await chatAsking(tool, args);
    pty.type("go\r");
    await pty.until(FIELD);
    pty.type("sec");
    await pty.until(told);
    await pty.until(DROPPED);
    pty.type("ret\r");
    await pty.until("The tool said:");
    await pty.until(PROMPT);
    await say(pty, "/help", "/model");
    expect(model.requests.map(({ prompt }) => prompt)).toEqual(["go", "go"]);
  });

  test("is told of in a line of its own where a key was waited for", async () => {
    const { pty } = await chatAsking("ask", {
      cancelMs: 1000,
      params: { ...FORM, requestedSchema: { type: "object", properties: {} } },
    });
    pty.type("go\r");
    await pty.until("Send this to asking: [y]es, [n]o? \r\nserver asking took its question back.");
    await pty.until("The tool said:");
    await pty.until(PROMPT);
  });
});

test("Ctrl-C closes all questions of the call, and shows no other one first", async () => {
  const { pty } = await chatAsking("ask", { times: 4 });
  pty.type("go\r");
  await pty.until(FIELD);
  pty.type(CTRL_C);
  await pty.until("interrupted");
  await pty.until(PROMPT);
  await say(pty, "/help", "/model");
  expect(pty.output().split("server asking asks:")).toHaveLength(2);
});
