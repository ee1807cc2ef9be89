/** What servers ask: as questions in a chat, declined with a line where there is nobody to ask. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { askingServer } from "../app/asking-server.ts";
import { eventually } from "../mcp/servers.ts";
import { CTRL_C, openChat, PROMPT, say } from "./chat-dialogue.ts";
import { type Home, homeWithModel } from "./harness.ts";
import { modelWith, publishedServer } from "./mcp-servers.ts";

setDefaultTimeout(120_000);

/** A home with the server that asks, and a model that has it ask this. */
function homeAsking(method: string, params: object, more = "") {
  const made = homeWithModel(modelWith({ method, params }));
  made.home.configure(askingServer(more));
  return made;
}

const chat = (home: Home) => openChat(home, "tool-ask", "--require", "asking", "--yes");

const FORM = {
  message: "Who are you?\u001b[2J",
  requestedSchema: {
    type: "object",
    properties: {
      name: { type: "string", title: "Name", description: "As in your passport", minLength: 2 },
      size: { type: "string", enum: ["s", "m"], enumNames: ["Small", "Medium"], default: "m" },
      age: { type: "integer", minimum: 0 },
    },
    required: ["name"],
  },
};
const SEND = "Send this to asking: [y]es, [n]o? ";

describe("a form in a chat", () => {
  test("is filled in line by line, and sent", async () => {
    const pty = await chat(homeAsking("elicitation/create", FORM).home);
    pty.type("go\r");
    await pty.until("server asking asks: Who are you?");
    await pty.until("Name (text, at least 2 characters): ");
    pty.type("?\r");
    await pty.until("As in your passport");
    await pty.until("Name (text, at least 2 characters): ");
    pty.type("A\r");
    await pty.until("That has 1 characters");
    await pty.until("Name (text, at least 2 characters): ");
    pty.type("Ada\r");
    await pty.until("1) Small");
    await pty.until("size (the number of one) [m]: ");
    pty.type("\r");
    await pty.until("or nothing): ");
    pty.type("36\r");
    await pty.until("Name: Ada");
    await pty.until(SEND);
    pty.type("y");
    await pty.until('"content":{"name":"Ada","size":"m","age":36}');
    await pty.until(PROMPT);
    expect(pty.output()).not.toContain("Who are you?\u001b[2J");
  });

  test("is declined by a dot, and the model goes on", async () => {
    const pty = await chat(homeAsking("elicitation/create", FORM).home);
    pty.type("go\r");
    await pty.until("characters): ");
    pty.type(".\r");
    await pty.until("The question of asking was declined");
    await pty.until('The tool said: {"action":"decline"}');
    await pty.until(PROMPT);
    await say(pty, "/help", "/model");
  });

  test("is closed by Ctrl-C with the turn that led to it, and the chat goes on", async () => {
    const pty = await chat(homeAsking("elicitation/create", FORM).home);
    pty.type("go\r");
    await pty.until("characters): ");
    pty.type(`half${CTRL_C}`);
    await pty.until("interrupted");
    await pty.until(PROMPT);
    await say(pty, "/help", "/model");
  });
});

describe("an address in a chat", () => {
  const VISIT = {
    mode: "url",
    message: "log in",
    url: "https://xn--80ak6aa92e.com/?a=1&b=$(x)",
    elicitationId: "1",
  };

  test("is shown whole, with a warning, and opened without a shell", async () => {
    const { home } = homeAsking("elicitation/create", VISIT);
    const opened = join(home.folder, "opened");
    const opener = home.write(
      join(home.folder, "bin/xdg-open"),
      `#!/bin/sh\nprintf '%s|' "$@" >'${opened}'\n`,
    );
    chmodSync(opener, 0o755);
    home.env.PATH = `${join(home.folder, "bin")}:${home.env.PATH}`;
    const pty = await chat(home);
    pty.type("go\r");
    await pty.until("server asking asks you to open an address: log in");
    await pty.until("Beware: the host is");
    await pty.until("Open it in your browser: [y]es, [n]o? ");
    pty.type("y");
    await pty.until('The tool said: {"action":"accept"}');
    await eventually("the browser", () => existsSync(opened) && readFileSync(opened, "utf8") !== "");
    expect(readFileSync(opened, "utf8")).toBe(`${VISIT.url}|`);
  });
});

const SAMPLING = {
  messages: [{ role: "user", content: { type: "text", text: "what is up?" } }],
  maxTokens: 50,
};

describe("sampling in a chat", () => {
  test("is asked about, showing everything, and refused for a no", async () => {
    const { home, model } = homeAsking("sampling/createMessage", SAMPLING);
    const pty = await chat(home);
    pty.type("go\r");
    await pty.until("server asking wants to ask your model");
    await pty.until("user: what is up?");
    await pty.until("[o]nce, this [s]ession, [n]o, or show [a]ll of it? ");
    pty.type("n");
    await pty.until("the user refused");
    await pty.until(PROMPT);
    expect(model.requests.map(({ prompt }) => prompt)).not.toContain("what is up?");
  });

  test("for a yes the model of the conversation answers", async () => {
    const { home, model } = homeAsking("sampling/createMessage", SAMPLING);
    const pty = await chat(home);
    pty.type("go\r");
    await pty.until("[o]nce, this [s]ession, [n]o, or show [a]ll of it? ");
    pty.type("o");
    await pty.until("openai/tool-ask");
    await pty.until(PROMPT);
    expect(model.requests.map(({ prompt }) => prompt)).toContain("what is up?");
  });
});

describe("in a run without anybody to ask", () => {
  const run = (home: Home) => home.run(["-m", "openai/tool-ask", "--require", "asking", "--yes", "go"]);

  test("a form is declined with a line", async () => {
    const { code, stdout, stderr } = await run(homeAsking("elicitation/create", FORM).home);
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('{"action":"decline"}'),
    });
    expect(stderr).toContain(
      "mcpchat: server asking asked for Name, size, age and was declined: there is nobody to ask\n",
    );
  });

  test("sampling is refused with a line that names the key", async () => {
    const { stdout, stderr } = await run(homeAsking("sampling/createMessage", SAMPLING).home);
    expect(stdout).toContain("there is nobody to ask");
    expect(stderr).toContain('set sampling = "allow" in [mcp.servers.asking] to allow it');
  });

  test("sampling that the configuration allows is answered by the model", async () => {
    const { home, model } = homeAsking("sampling/createMessage", SAMPLING, 'sampling = "allow"');
    const { code, stderr } = await run(home);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(model.requests.map(({ prompt }) => prompt)).toContain("what is up?");
  });
});

test("the form of server-everything is filled in with its defaults alone but for the name", async () => {
  const { home } = homeWithModel(modelWith({}));
  home.configure(publishedServer("everything", "server-everything", "stdio"));
  const pty = await openChat(home, "tool-trigger-elicitation-request", "--require", "everything", "--yes");
  pty.type("go\r");
  await pty.until("String (text): ");
  pty.type("Ada Lovelace\r");
  const fields = {
    Boolean: "): ",
    "String with default": "]: ",
    "email format": "): ",
    "uri format": "): ",
    "date format": "): ",
    Integer: "]: ",
    "Number in range": "]: ",
    "Untitled Single": "]: ",
    "Untitled Multiple": "]: ",
    "Titled Single": "]: ",
    "Titled Multiple": "]: ",
    Legacy: "]: ",
  };
  for (const [label, end] of Object.entries(fields)) {
    await pty.until(label);
    await pty.until(end);
    pty.type("\r");
  }
  await pty.until("Send this to everything");
  pty.type("y");
  await pty.until("hero-1");
  await pty.until(PROMPT);
});

test("a question that comes while the person writes waits for the line", async () => {
  const { home } = homeWithModel();
  const now = join(home.folder, "now");
  home.configure(askingServer(`env = { ASK_AT = ${JSON.stringify(now)} }`));
  const pty = await openChat(home, "hello", "--require", "asking");
  await say(pty, "hi", "Hello!");
  pty.type("half a li");
  await pty.until("half a li");
  home.write(now, "");
  await pty.until("has a question");
  pty.type("ne\r");
  await pty.until("server asking asks: later?");
  await pty.until(SEND);
  pty.type("n");
  await pty.until("was declined");
  await pty.until(PROMPT);
});
