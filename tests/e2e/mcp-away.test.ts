/** What is said, once, of servers that are away. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { homeWithServers } from "./mcp-servers.ts";

setDefaultTimeout(120_000);

/** A run that knows the tools of its server, which hangs now. */
async function hanging() {
  const { home } = homeWithServers({ late: { mode: "slow 4" } });
  await home.run(["-m", "openai/hello", "hi"]);
  // Whatever it waits for, its tools are known.
  return (args: string[]) => home.run(["-m", "openai/tool-echo", "--yes", ...args, "go"]);
}

test("a call waits for its server no longer than --wait", async () => {
  const run = await (await hanging())(["--wait", "0.01"]);
  expect(run.code).toBe(0);
  expect(run.stdout).toContain("server late was not ready within 0 s");
});

test("a timeout names the call that it cut off", async () => {
  const run = await (await hanging())(["--timeout", "3"]);
  expect(run.code).toBe(8);
  expect(run.stderr).toContain("not done after 3 s, without an answer of late/echo; give it more time");
});

test.each([
  ["call", ["call", "dying", "echo"]],
  ["tools", ["tools", "--server", "dying"]],
  ["--require", ["-m", "openai/hello", "--require", "dying", "hi"]],
])("%s tells a failure once", async (_, args) => {
  const { home } = homeWithServers({ dying: { mode: "dying" } });
  const { code, stderr } = await home.run(args);
  const failure = "mcpchat: server dying failed: exit 1: cannot read the settings | giving up\n";
  // Its restarts take a while.
  expect({ code, stderr: stderr.replace("mcpchat: waiting for server dying\n", "") }).toEqual({
    code: 6,
    stderr: failure,
  });
});

test("the time limit of a call is for its server too", async () => {
  const { home } = homeWithServers({ hung: { mode: "hung" } });
  const { code, stderr } = await home.run(["call", "hung", "echo", "--timeout", "1"]);
  expect({ code, stderr }).toEqual({ code: 8, stderr: "mcpchat: hung/echo took more than 1 s\n" });
});

test("a run names the servers that it waits for", async () => {
  const { home } = homeWithServers({ hung: { mode: "hung" } });
  const { stderr } = await home.run(["-m", "openai/hello", "--wait", "4", "hi"]);
  expect(stderr).toStartWith("mcpchat: waiting for server hung\n");
});
