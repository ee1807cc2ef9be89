/** The commands of a chat. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { CTRL_D, openChat, say } from "./chat-dialogue.ts";
import { homeWithModel } from "./harness.ts";
import { homeWithServers } from "./mcp-servers.ts";

setDefaultTimeout(120_000);

describe("slash commands", () => {
  test("/help lists them all", async () => {
    const { home } = homeWithModel();
    const pty = await openChat(home, "hello");
    await say(pty, "/help", "/help", "/exit", "/new", "/model", "/servers", "/tools", "/history", "/system");
  });

  test("an unknown one is told, the nearest named, and nothing is sent", async () => {
    const { home, model } = homeWithModel();
    const pty = await openChat(home, "hello");
    await say(pty, "/exti", "mcpchat:", "unknown command /exti; did you mean /exit?");
    await say(pty, "/frobnicate", "unknown command /frobnicate; see /help");
    expect(model.requests).toEqual([]);
  });

  test("/model shows and changes the model; one that cannot be is refused and changes nothing", async () => {
    const { home, model } = homeWithModel();
    const pty = await openChat(home, "hello");
    await say(pty, "/model", "openai/hello");
    await say(pty, "/model anthropic/echo", "anthropic/echo");
    await say(pty, "/model nonsense", "not a model: nonsense");
    await say(pty, "to whom", "to whom");
    expect(model.requests).toMatchObject([{ wire: "anthropic", model: "echo" }]);
  });

  test("/system shows and sets the prompt of this conversation, /history shows it, /new begins another", async () => {
    const { home, model } = homeWithModel();
    const pty = await openChat(home, "echo");
    await say(pty, "/system", "There is no system prompt.");
    await say(pty, "/system Be brief.", "Be brief.");
    await say(pty, "first line", "first line");
    expect(model.requests[0]?.body.messages[0]).toMatchObject({ content: "Be brief." });
    await say(pty, "/history", "> first line", "first line");
    await say(pty, "/new work", "A new conversation.");
    await say(pty, "/history", "Nothing was said yet.");
    await say(pty, "another line", "another line");
    pty.type(CTRL_D);
    await pty.exited;
    const { stdout } = await home.run(["sessions", "list", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject([
      { name: "work", title: "another line", messages: 2 },
      { name: null, title: "first line", messages: 2 },
    ]);
  });

  test("/new with a name that is taken is refused", async () => {
    const { home } = homeWithModel();
    await home.run(["-m", "openai/hello", "--session", "work", "hi"]);
    const pty = await openChat(home, "hello");
    await say(pty, "/new work", "mcpchat:", "work");
    await say(pty, "/history", "Nothing was said yet.");
  });

  test("/servers and /tools show what there is; /servers restart restarts one", async () => {
    const { home } = homeWithServers({ good: { mode: "good" }, dying: { mode: "dying" } });
    const pty = await openChat(home, "hello");
    await pty.until("server dying failed");
    await say(pty, "/servers", "good: ready, pid", "4 tools", "dying: failed", "cannot read the settings");
    await say(pty, "/tools", "good/echo", "good/add", "good/lookup", "good/write");
    await say(pty, "/servers restart good", "good:");
    await say(pty, "/servers restart goood", "there is no server goood");
  });

  test("/servers and /tools say when there are none", async () => {
    const { home } = homeWithModel();
    const pty = await openChat(home, "hello");
    await say(pty, "/servers", "No MCP server is configured.");
    await say(pty, "/tools", "There are no tools.");
  });

  test("an alias stands for what it says", async () => {
    const { home, model } = homeWithModel();
    home.write(`${home.folder}/.config/mcpchat/aliases.toml`, 'greet = "Say hello to $1."\n');
    const pty = await openChat(home, "echo");
    await say(pty, "/greet Ada", "Say hello to Ada.");
    expect(model.requests[0]?.prompt).toBe("Say hello to Ada.");
    await say(pty, "/greet", "the alias greet needs 1 argument and got 0");
  });
});
