/** Servers that never stop writing: the chat beside them stays usable, and one that says nothing by it is cut off. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { CTRL_D, openChat, say } from "./chat-dialogue.ts";
import { homeWithModel } from "./harness.ts";

setDefaultTimeout(120_000);

/** A notification as the protocol has it. */
const NOTIFICATION =
  '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"debug","data":"x"}}';

/** A home with a server that is this script; it ends some time after the tests do. */
function floodedHome(script: string) {
  const { home } = homeWithModel();
  home.configure(`[mcp.servers.flood]\ncommand = "sh"\nargs = ["-c", ${JSON.stringify(script)}]\n`);
  return home;
}

test.each([
  ["its output with what is no message", "exec timeout 60 yes"],
  ["its output with messages", `exec timeout 60 yes '${NOTIFICATION}'`],
  ["its standard error", "exec timeout 60 yes >&2"],
])("a chat beside a server that floods %s answers, and can be left", async (_what, script) => {
  const pty = await openChat(floodedHome(script), "hello", "--wait", "1");
  await say(pty, "hi", "Hello");
  pty.type(CTRL_D);
  expect(await pty.exited).toBe(0);
});

test("a program that writes without end and is no server is told as that", async () => {
  const run = await floodedHome("exec timeout 60 yes").run(["servers", "test", "flood"]);
  expect(run.code).toBe(6);
  expect(run.stderr + run.stdout).toContain("writes line after line that is no message");
});
