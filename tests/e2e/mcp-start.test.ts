/** A run never waits for a server that it does not use, names every straggler, and can insist on one. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { homeWithServers } from "./mcp-servers.ts";

setDefaultTimeout(120_000);

const DYING = /server dying failed: exit 1: cannot read the settings \| giving up/;

describe("a slow, a hung, a dying and a good server", () => {
  const servers = {
    slow: { mode: "slow 3" },
    hung: { mode: "hung" },
    dying: { mode: "dying" },
    good: { mode: "good" },
  };
  const call = ["-m", "openai/tool-good__echo", "--allow", "good/*", "--json"];
  const names = ["echo", "add", "lookup", "write"];
  const tools = (...of: string[]) => of.flatMap((server) => names.map((name) => `${server}__${name}`));
  const byName = (stdout: string) =>
    Object.fromEntries(JSON.parse(stdout).servers.map((server: { name: string }) => [server.name, server]));

  test("the first run answers with the good one's tool and names the others; the second waits for none", async () => {
    const { home, model } = homeWithServers(servers);
    const first = await home.run([...call, "--wait", "6", "go"]);
    expect(first.code).toBe(0);
    expect(JSON.parse(first.stdout)).toMatchObject({ text: "The tool said: hello", tools: [{ ok: true }] });
    expect(first.stderr).toMatch(/server hung is not ready after \d\.\d s; its tools are left out/);
    expect(first.stderr).toMatch(DYING);
    expect(first.stderr).not.toContain("good");
    expect(byName(first.stdout)).toMatchObject({
      good: { state: "ready", error: null },
      slow: { state: "ready" },
      hung: { state: "starting" },
      dying: { state: "failed", error: expect.stringContaining("cannot read the settings | giving up") },
    });
    expect(model.requests[0]?.tools).toEqual(tools("slow", "good"));

    const second = await home.run([...call, "go"]);
    expect(second.code).toBe(0);
    expect(JSON.parse(second.stdout)).toMatchObject({ text: "The tool said: hello" });
    // Three seconds are not over when everything has been said: what is known from last time was enough.
    expect(byName(second.stdout)).toMatchObject({ slow: { state: "starting" }, hung: { state: "starting" } });
    expect(model.requests[2]?.tools).toEqual(tools("slow", "good"));
    expect(second.stderr).toContain("hung");
  });

  test("a call to a tool that is known from last time waits for its server", async () => {
    const { home, model } = homeWithServers({ slow: { mode: "slow 1" } });
    await home.run(["-m", "openai/hello", "hi"]);
    const run = await home.run(["-m", "openai/tool-echo", "--yes", "--json", "--wait", "0", "go"]);
    expect(JSON.parse(run.stdout)).toMatchObject({ text: "The tool said: hello" });
    expect(model.requests[1]?.tools).toEqual(tools("slow"));
    expect(byName(run.stdout)).toMatchObject({ slow: { state: "ready" } });
  });

  test("--wait 0 leaves at once, without the tools", async () => {
    const { home, model } = homeWithServers({ hung: { mode: "hung" } });
    const run = await home.run(["-m", "openai/hello", "--wait", "0", "hi"]);
    expect(run.code).toBe(0);
    expect(run.stderr).toMatch(/^mcpchat: server hung is not ready after 0\.\d s; its tools are left out\n$/);
    expect(model.requests[0]?.tools).toEqual([]);
  });
});

describe("--require", () => {
  test("a server that is ready is enough", async () => {
    const { home } = homeWithServers({ good: { mode: "good" }, hung: { mode: "hung" } });
    const run = await home.run(["-m", "openai/hello", "--server", "good", "--require", "good", "hi"]);
    expect(run).toMatchObject({ code: 0, stderr: "" });
  });

  test.each([
    ["dying", "dying", /mcpchat: server dying .+: exit 1: cannot read the settings \| giving up\n$/],
    ["hung", "hung", /mcpchat: server hung was not ready within 0\.5 s\n$/],
  ])("a %s one ends the run with 6, and the model is never asked", async (name, mode, line) => {
    const { home, model } = homeWithServers({ good: { mode: "good" }, [name]: { mode } });
    const run = await home.run(["-m", "openai/hello", "--require", name, "--wait", "0.5", "--json", "hi"]);
    expect(run.code).toBe(6);
    expect(run.stderr).toMatch(line);
    expect(JSON.parse(run.stdout)).toMatchObject({ error: { code: "server_not_ready", exit_code: 6 } });
    expect(model.requests).toEqual([]);
  });

  test("tools known from last time are not enough", async () => {
    const { home } = homeWithServers({ late: { mode: "slow 1" } });
    await home.run(["-m", "openai/hello", "hi"]);
    expect((await home.run(["-m", "openai/hello", "--require", "late", "--wait", "0.1", "hi"])).code).toBe(6);
    const ready = await home.run(["-m", "openai/hello", "--require", "late", "--json", "hi"]);
    expect(JSON.parse(ready.stdout).servers).toMatchObject([{ name: "late", state: "ready" }]);
  });
});

test("a command that does not exist is told in one line, and the run goes on", async () => {
  const { home } = homeWithServers({});
  home.configure('[mcp.servers.missing]\ncommand = "no-such-program-anywhere"\n');
  const run = await home.run(["-m", "openai/hello", "hi"]);
  expect(run.code).toBe(0);
  expect(run.stderr.split("\n")).toEqual([expect.stringContaining("server missing failed"), ""]);
  expect(run.stderr).toContain("no-such-program-anywhere");
});

test("a noisy server works, and its noise reaches neither stdout nor the model", async () => {
  const { home, model } = homeWithServers({ noisy: { mode: "noisy" } });
  const run = await home.run(["-m", "openai/tool-echo", "--yes", "go"]);
  expect(run).toMatchObject({ code: 0, stdout: "The tool said: hello\n" });
  expect(run.stderr.split("\n").length).toBeLessThanOrEqual(2);
  expect(model.requests[1]?.toolResults).toEqual(["hello"]);
});
