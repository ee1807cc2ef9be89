/** What happens around a chat while it goes on: servers die, the configuration is edited. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { CTRL_D, openChat, PROMPT, say } from "./chat-dialogue.ts";
import { homeWithModel } from "./harness.ts";
import { callsIn, groupMembers, homeWithServers, leaders, rawServers } from "./mcp-servers.ts";
import { eventually } from "./program.ts";

setDefaultTimeout(120_000);

const GOOD = { good: { mode: "good" } };
const READY_AND_ALLOWED = ["--require", "good", "--yes"];

describe("a server", () => {
  test("that is killed is told in one line where it happens, and works again", async () => {
    const { home } = homeWithServers(GOOD);
    const pty = await openChat(home, "tool-echo", ...READY_AND_ALLOWED);
    await say(pty, "go", "The tool said: hello");
    process.kill(leaders(home)[0] ?? 0, "SIGKILL");
    await pty.until("mcpchat:");
    await pty.until("server good crashed (killed by SIGKILL), restarted in ");
    await pty.until(PROMPT);
    await say(pty, "go on", "The tool said: hello");
    expect(pty.output().match(/crashed/g)).toHaveLength(1);
    expect(leaders(home)).toHaveLength(2);
  });

  test("that is killed while a line is typed leaves the line as it is", async () => {
    const { home, model } = homeWithServers(GOOD);
    const pty = await openChat(home, "echo", ...READY_AND_ALLOWED);
    await say(pty, "one", "one");
    pty.type("half a li");
    await pty.until("half a li");
    process.kill(leaders(home)[0] ?? 0, "SIGKILL");
    await pty.until("server good crashed");
    await pty.until("half a li");
    pty.type("ne\r");
    await pty.until("half a line");
    await eventually("it was sent", () => model.requests.length === 2);
    expect(model.requests[1]?.prompt).toBe("half a line");
  });

  test("that dies in mid-call costs the call; Ctrl-C stops a call that hangs", async () => {
    const { home, model } = homeWithServers({});
    const log = join(home.folder, "calls");
    home.configure(rawServers(home, { good: { mode: "silent", env: { CALL_LOG: log } } }));
    const pty = await openChat(home, "tool-echo", ...READY_AND_ALLOWED);
    pty.type("go\r");
    await eventually("the call is under way", () => callsIn(log).length === 1);
    process.kill(leaders(home)[0] ?? 0, "SIGKILL");
    await pty.until("The tool said: Error: Server good crashed (killed by SIGKILL) in the middle");
    await pty.until(PROMPT);
    pty.type("again\r");
    await eventually("the second call is under way", () => callsIn(log).length === 2);
    pty.type("\x03");
    await pty.until("interrupted");
    await pty.until(PROMPT);
    await eventually("the server was told", () => callsIn(log).includes("cancelled"));
    await say(pty, "/model openai/echo", "openai/echo");
    await say(pty, "go on", "go on");
    expect(model.requests).toHaveLength(4);
  });
});

describe("the configuration", () => {
  test("an edit brings servers and takes them away", async () => {
    const { home, model } = homeWithServers(GOOD);
    const pty = await openChat(home, "hello");
    home.configure(rawServers(home, { ...GOOD, second: { mode: "good" } }));
    await eventually("the second was started", () => leaders(home).length === 2);
    await say(pty, "/servers restart second", "second:");
    home.configure(rawServers(home, { second: { mode: "good" } }));
    const [first = 0] = leaders(home);
    await eventually("the first is gone", async () => (await groupMembers([first])).length === 0);
    await say(pty, "hi", "Hello! How can I help");
    expect(model.requests[0]?.tools).toEqual(
      ["echo", "add", "lookup", "write"].map((tool) => `second__${tool}`),
    );
    pty.type(CTRL_D);
    expect(await pty.exited).toBe(0);
    await eventually("nothing is left", async () => (await groupMembers(leaders(home))).length === 0, 2_000);
  });

  test("a first file is noticed, and its deletion too", async () => {
    const { home } = homeWithModel();
    const pty = await openChat(home, "hello");
    home.configure(rawServers(home, GOOD));
    await eventually("the server was started", () => leaders(home).length === 1);
    rmSync(home.configFile);
    await eventually("it is gone", async () => (await groupMembers(leaders(home))).length === 0);
    await say(pty, "/servers", "No MCP server is configured.");
  });

  test("a bad edit is told with file and key, the last good one stays in force, and its repair is taken", async () => {
    const { home, model } = homeWithModel();
    home.configure("[chat]\nmax_tokens = 100\n");
    const pty = await openChat(home, "hello");
    home.configure('[chat]\nmax_tokns = 200\nmax_tokens = "many"\n');
    await pty.until("mcpchat:");
    await pty.until("config.toml: ");
    await pty.until("the last good configuration stays in force");
    await pty.until(PROMPT);
    await say(pty, "hi", "Hello! How can I help");
    home.configure("[chat]\nmax_tokens = 300\n");
    await eventually("the repair is in force", async () => {
      await say(pty, "again", "Hello! How can I help");
      return model.requests.at(-1)?.body.max_tokens === 300;
    });
    expect(model.requests[0]?.body.max_tokens).toBe(100);
    expect(pty.output().match(/last good/g)).toHaveLength(1);
  });

  test("a rule that is added while a chat goes on counts at once", async () => {
    const { home } = homeWithServers(GOOD);
    const pty = await openChat(home, "tool-echo", "--require", "good", "--yes");
    await say(pty, "go", "The tool said: hello");
    home.configure(`[tools]\ndeny = ["good/echo"]\n${rawServers(home, GOOD)}`);
    await eventually("the rule counts", async () => {
      await say(pty, "again", "The tool said: ");
      return pty.output().includes("was denied: a deny rule forbids it");
    });
    expect(leaders(home)).toHaveLength(1);
  });
});
