/** On a real terminal: its keys reach no server, and no server outlives its end. */
import { expect, onTestFinished, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openPty } from "../fixtures/terminal/pty.ts";
import { EXECUTABLE, type Home, homeWithModel } from "./harness.ts";
import { groupMembers, homeWithServers, leaders } from "./mcp-servers.ts";
import { eventually } from "./program.ts";

setDefaultTimeout(120_000);

const RAW = fileURLToPath(new URL("../fixtures/mcp-servers/raw.mjs", import.meta.url));

/** A server under a shell that notes its process, and each signal that the keys of a terminal can send. */
const WATCHFUL = `
trap 'echo INT >>"$0"' INT
trap 'echo QUIT >>"$0"' QUIT
echo $$ >>"$(dirname "$0")/pids"
exec 3<&0
node "$@" <&3 &
while :; do wait; kill -0 $! 2>/dev/null || exit; done`;

function homeWithWatchful(): { home: Home; signals: () => string[] } {
  const { home } = homeWithModel();
  const file = join(home.folder, "signals");
  const args = JSON.stringify(["-c", WATCHFUL, file, RAW, "good"]);
  home.configure(`[mcp.servers.watchful]\ncommand = "sh"\nargs = ${args}\n`);
  const signals = () => (existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : []);
  return { home, signals };
}

const STALLED = ["-m", "openai/stall", "--wait", "30", "go"];

// The keys are signals only where the terminal is the controlling one, which takes a program that not every system has.
test.skipIf(Bun.which("setsid") === null).each([
  ["Ctrl-C", "\u0003", 130],
  ["Ctrl-\\", "\u001c", 131],
])("%s ends a run and reaches no server", async (_name, key, code) => {
  const { home, signals } = homeWithWatchful();
  const command = ["setsid", "--ctty", EXECUTABLE, "--require", "watchful", ...STALLED];
  const pty = openPty(command, { cwd: home.work, env: { TERM: "xterm-256color", ...home.env } });
  onTestFinished(() => pty.close());
  await pty.until("stalls");
  const [leader = 0] = leaders(home);
  // One that does reach it is noted: so the absence of another one below means something.
  process.kill(-leader, "SIGINT");
  await eventually("the signal is noted", () => signals().length > 0);
  pty.type(key);
  expect(await pty.exited).toBe(code);
  await eventually("the server is gone", async () => (await groupMembers([leader])).length === 0, 2_000);
  expect(signals()).toEqual(["INT"]);
});

test.each(["good", "grandchild", "stubborn"])("no %s server outlives the terminal itself", async (mode) => {
  const { home } = homeWithServers({ server: { mode } });
  const pty = home.terminal(["--require", "server", ...STALLED]);
  await pty.until("stalls");
  pty.kill("SIGHUP");
  await pty.exited;
  const gone = async () => (await groupMembers(leaders(home))).length === 0;
  expect(leaders(home)).toHaveLength(1);
  await eventually("the server is gone", gone, 2_000);
});
