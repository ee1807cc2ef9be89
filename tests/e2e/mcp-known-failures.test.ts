/** What is known to go wrong in hosts of MCP, as a user would meet it, where no other file is about it. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { calls, says } from "../fixtures/model-server/script.ts";
import { CTRL_C, openChat, PROMPT, say } from "./chat-dialogue.ts";
import { homeWithModel } from "./harness.ts";
import { callsIn, homeWithServers, rawServers } from "./mcp-servers.ts";
import { eventually } from "./program.ts";

setDefaultTimeout(120_000);

describe("Ctrl-C is no timeout", () => {
  /** A home with a tool that never answers, and a model that calls it first and then says what it was told. */
  function silentHome() {
    const { home, model } = homeWithModel(({ index, tools, toolResults }) =>
      index === 0 ? calls({ name: tools[0] ?? "", arguments: {} }) : says(`Told: ${toolResults.join()}`),
    );
    const log = join(home.folder, "calls");
    home.configure(rawServers(home, { quiet: { mode: "silent", env: { CALL_LOG: log } } }));
    return { home, model, log };
  }

  test("in a run: it says interrupted, the server is told, and so is the model when the session goes on", async () => {
    const { home, model, log } = silentHome();
    const run = home.start(["-m", "openai/any", "--yes", "go"]);
    await eventually("the call is under way", () => callsIn(log).length === 1);
    run.kill("SIGINT");
    const { code, stderr } = await run.exited;
    expect(code).toBe(130);
    expect(stderr).toBe("mcpchat: interrupted\n");
    expect(callsIn(log)).toEqual(["echo", "cancelled"]);
    await home.run(["-m", "openai/any", "-c", "go on"]);
    const told = JSON.stringify(model.requests[1]?.body);
    expect(told).toContain("The user interrupted this call; its outcome is unknown.");
    expect(told).not.toContain("did not answer");
  });

  test("in a chat: the same, and the chat goes on", async () => {
    const { home, model, log } = silentHome();
    const pty = await openChat(home, "any", "--require", "quiet", "--yes");
    pty.type("go\r");
    await eventually("the call is under way", () => callsIn(log).length === 1);
    pty.type(CTRL_C);
    await pty.until("interrupted");
    await pty.until(PROMPT);
    await eventually("the server was told", () => callsIn(log).includes("cancelled"));
    await say(pty, "go on", "Told:");
    expect(JSON.stringify(model.requests[1]?.body)).toContain("The user interrupted this call");
    expect(pty.output()).not.toContain("did not answer");
  });

  test("and the end of --timeout is not the user's doing", async () => {
    const { home, model, log } = silentHome();
    const run = await home.run(["-m", "openai/any", "--yes", "--timeout", "2", "go"]);
    expect(run.code).toBe(8);
    expect(run.stderr).not.toContain("interrupted");
    await eventually("the server was told", () => callsIn(log).includes("cancelled"));
    await home.run(["-m", "openai/any", "-c", "go on"]);
    const told = JSON.stringify(model.requests[1]?.body);
    expect(told).toContain("This call was given up, as the whole answer was not done after 2 s");
    expect(told).not.toContain("The user interrupted");
  });
});

describe("the environment", () => {
  test("of a server has what the configuration names, what programs need, and nothing else", async () => {
    const { home } = homeWithServers({
      telling: { mode: "telling", env: { NAMED: "by the configuration" } },
    });
    const canaries = { MY_TOKEN: "canary", AWS_SECRET_ACCESS_KEY: "canary", NODE_OPTIONS: "", LC_ALL: "C" };
    const run = await home.run(["call", "telling", "echo"], { env: canaries });
    expect(run.code).toBe(0);
    const { PATH, HOME, LC_ALL, NAMED, ...others } = JSON.parse(run.stdout);
    expect({ PATH, HOME, LC_ALL, NAMED }).toEqual({
      PATH: home.env.PATH,
      HOME: home.folder,
      LC_ALL: "C",
      NAMED: "by the configuration",
    });
    expect(Object.values(others)).not.toContain("canary");
    for (const key of ["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "NODE_OPTIONS"]) {
      expect(others).not.toHaveProperty(key);
    }
  });
});

describe("a hundred and fifty tools", () => {
  const offered = async (more: string, ...options: string[]) => {
    const { home, model } = homeWithServers({ many: { mode: "many 150", more } });
    const run = await home.run(["-m", "openai/hello", "--require", "many", ...options, "hi"]);
    expect(run).toMatchObject({ code: 0 });
    const { tools = [], bytes = 0 } = model.requests[0] ?? {};
    return { tools, bytes };
  };

  test("cost as much as there are, and no more than the filters of their server let through", async () => {
    const all = await offered("");
    expect(all.tools).toHaveLength(150);
    const some = await offered('tools = { allow = ["tool_1?"], deny = ["tool_15"] }');
    expect(some.tools).toHaveLength(9);
    expect(some.tools).not.toContain("many__tool_15");
    expect(some.bytes).toBeLessThan(all.bytes / 10);
  });

  test("are narrowed by --tool for one run", async () => {
    const { tools } = await offered("", "--tool", "many/tool_14?");
    expect(tools).toHaveLength(10);
  });
});

describe("a result above the cap", () => {
  test("is told in one line, to the model too", async () => {
    const { home, model } = homeWithServers({ huge: { mode: "huge 68000000" } });
    const run = await home.run(["-m", "openai/tool-echo", "--yes", "go"]);
    expect(run.code).toBe(0);
    const cause = "the server sent a line of more than 67108864 bytes";
    expect(run.stderr).toContain(`Server huge crashed (${cause}) in the middle of this call`);
    expect(model.requests[1]?.toolResults[0]).toContain(`Server huge crashed (${cause})`);
  });
});

test("a wrong path is told in the words of the program that did not find it", async () => {
  const { home } = homeWithModel();
  home.configure(`[supervisor]
max_restarts = 0
[mcp.servers.wrong]
command = "node"
args = ["/no/such/folder/server.mjs"]
`);
  const run = await home.run(["-m", "openai/hello", "--require", "wrong", "--wait", "60", "hi"]);
  expect(run.code).toBe(6);
  expect(run.stderr).toContain("Cannot find module '/no/such/folder/server.mjs'");
});

test("a server that was there and cannot be started again is shown as failed, not as connected", async () => {
  const { home } = homeWithServers({}, { key: "k" });
  const env = { CRASH_FILE: join(home.folder, "no/such/folder") };
  home.configure(
    `[supervisor]\nmax_restarts = 0\n${rawServers(home, { fragile: { mode: "crashing", env } })}`,
  );
  const pty = await openChat(home, "hello", "--require", "fragile", "--yes");
  // The first turn waits for it.
  await say(pty, "hi", "Hello! How can I help");
  await say(pty, "/servers", "fragile: ready");
  await say(pty, "/model openai/tool-write", "openai/tool-write");
  await say(pty, "go", "server fragile failed");
  await say(pty, "/servers", "fragile: failed");
  await say(pty, "/tools", "There are no tools.");
});
