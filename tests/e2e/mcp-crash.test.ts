/** A server that dies in the middle of a call: repeated where that is safe, told to the model where it is not. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { callsIn, homeWithServers, leaders, rawServers } from "./mcp-servers.ts";
import { eventually, type Program } from "./program.ts";

setDefaultTimeout(120_000);

/** A home with a server that ends itself by SIGKILL in the first call of a tool. */
function homeWithCrashing(more: string) {
  const { home, model } = homeWithServers({}, { key: "k" });
  const log = join(home.folder, "calls");
  const env = { CRASH_FILE: join(home.folder, "crashed"), CALL_LOG: log };
  home.configure(rawServers(home, { fragile: { mode: "crashing", more, env } }));
  const run = (tool: string) => home.run(["-m", `anthropic/tool-${tool}`, "--yes", "--json", "go"]);
  return { home, model, log, run };
}

describe("killed in mid-call", () => {
  test("a read-only tool of a trusted server is called again, and the run succeeds", async () => {
    const { log, run } = homeWithCrashing("trusted = true");
    const { code, stdout, stderr } = await run("lookup");
    expect(code).toBe(0);
    expect(callsIn(log)).toEqual(["lookup", "lookup"]);
    expect(JSON.parse(stdout)).toMatchObject({
      text: "The tool said: lookup k",
      tools: [{ server: "fragile", name: "lookup", ok: true }],
      servers: [{ name: "fragile", state: "ready" }],
    });
    expect(stderr).toMatch(/^mcpchat: server fragile crashed \(killed by SIGKILL\), restarted in \d+ ms\n$/);
  });

  test.each([
    ["any other tool of a trusted server", "write", "trusted = true"],
    ["a read-only tool of a server that is not trusted", "lookup", ""],
  ])(
    "%s is not: the model hears that the outcome is unknown, and the run goes on",
    async (_what, tool, more) => {
      const { model, log, run } = homeWithCrashing(more);
      const { code, stdout } = await run(tool);
      expect(code).toBe(0);
      expect(callsIn(log)).toEqual([tool]);
      const told = model.requests[1]?.toolResults.join() ?? "";
      expect(told).toStartWith(
        "Server fragile crashed (killed by SIGKILL) in the middle of this call. Its outcome is unknown",
      );
      const { text, tools } = JSON.parse(stdout);
      expect(text).toStartWith("The tool said: Server fragile crashed");
      expect(tools).toMatchObject([{ server: "fragile", name: tool, ok: false }]);
    },
  );

  test("ended from outside: the call fails within a moment, and a later run has the tool again", async () => {
    const { home, model } = homeWithServers({}, { key: "k" });
    const log = join(home.folder, "calls");
    home.configure(rawServers(home, { quiet: { mode: "silent", env: { CALL_LOG: log } } }));
    const run: Program = home.start(["-m", "anthropic/tool-write", "--yes", "--json", "go"]);
    await eventually("the call is under way", () => callsIn(log).length === 1);
    process.kill(leaders(home)[0] ?? 0, "SIGKILL");
    const { code, stdout } = await run.exited;
    expect(code).toBe(0);
    expect(JSON.parse(stdout).text).toContain("Its outcome is unknown");
    expect(model.requests).toHaveLength(2);
    const next = await home.run(["-m", "anthropic/hello", "--require", "quiet", "hi"]);
    expect(next.code).toBe(0);
    expect(model.requests[2]?.tools).toContain("quiet__write");
  });

  test("one that keeps dying is given up, with its last words, and the run goes on", async () => {
    const { home } = homeWithServers({});
    // The folder is not there, so that the server never knows its first call, and dies in each.
    const env = { CRASH_FILE: join(home.folder, "no/such/folder") };
    const fragile = rawServers(home, { fragile: { mode: "crashing", env }, good: { mode: "good" } });
    home.configure(`[supervisor]\nmax_restarts = 0\n${fragile}`);
    const run = await home.run(["-m", "anthropic/twice-fragile__write", "--yes", "--json", "go"]);
    expect(run.code).toBe(0);
    expect(run.stderr).toMatch(/mcpchat: server fragile failed: exit 1: .*ENOENT/);
    const { text, servers } = JSON.parse(run.stdout);
    expect(text).toMatch(/Its outcome is unknown.* and .*Its outcome is unknown/);
    expect(servers).toMatchObject([{ name: "fragile", state: "failed" }, { state: "ready" }]);
  });
});

test("a tool that never answers is given up after its time, and the model is told", async () => {
  const { home } = homeWithServers({ quiet: { mode: "silent", more: "call_timeout = 0.3" } });
  const run = await home.run(["-m", "anthropic/tool-echo", "--yes", "go"]);
  expect(run.code).toBe(0);
  expect(run.stdout).toStartWith("The tool said: The tool did not answer within 0.3 s");
});
