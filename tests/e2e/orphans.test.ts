/** The matrix: each kind of server, each way in which a run can end, and nothing of its group alive two seconds later. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { fileURLToPath } from "node:url";
import type { Home } from "./harness.ts";
import { groupMembers, homeWithServers, leaders } from "./mcp-servers.ts";
import { eventually, type Program } from "./program.ts";

setDefaultTimeout(120_000);

/** The promise. */
const GONE_WITHIN_MS = 2_000;

/** How many processes each kind is, at least. */
const SERVERS = [
  ["polite", "good", 1],
  ["grandchild-spawning", "grandchild", 2],
  ["stubborn", "stubborn", 1],
] as const;

/** The last three are nobody's to handle: they stand for crashes of the runtime itself. */
const SIGNALS = [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 143],
  ["SIGKILL", 137],
  ["SIGQUIT", 131],
  ["SIGABRT", 134],
  ["SIGSEGV", 139],
] as const;

const CRASH_ON_SIGUSR2 = fileURLToPath(new URL("../fixtures/crash-on-signal.ts", import.meta.url));

/** A run that waits for an answer that never ends, its server ready and all of it alive. */
async function runUnderWay(home: Home, processes: number, env = {}): Promise<Program> {
  const args = ["-m", "openai/stall", "--require", "server", "--wait", "30", "go"];
  const run = home.start(args, { env });
  await run.until("stdout", "stalls");
  await eventually("the whole server lives", async () => (await membersOf(home)).length >= processes);
  return run;
}

function membersOf(home: Home): Promise<number[]> {
  return groupMembers(leaders(home));
}

async function expectNoneLeft(home: Home): Promise<void> {
  expect(leaders(home)).toHaveLength(1);
  await eventually("no process is left", async () => (await membersOf(home)).length === 0, GONE_WITHIN_MS);
}

describe.each(SERVERS)("a %s server", (_kind, mode, processes) => {
  const homeWithServer = () => homeWithServers({ server: { mode } }).home;

  test("is gone after a run that succeeds", async () => {
    const home = homeWithServer();
    const run = await home.run(["-m", "openai/tool-server__echo", "--yes", "--require", "server", "go"]);
    expect(run).toMatchObject({ code: 0, stdout: "The tool said: hello\n" });
    await expectNoneLeft(home);
  });

  test.each(SIGNALS)("is gone after %s", async (signal, code) => {
    const home = homeWithServer();
    const run = await runUnderWay(home, processes);
    run.kill(signal);
    expect((await run.exited).code).toBe(code);
    await expectNoneLeft(home);
  });

  test("is gone after an exception that nobody catches", async () => {
    const home = homeWithServer();
    const run = await runUnderWay(home, processes, { BUN_OPTIONS: `--preload=${CRASH_ON_SIGUSR2}` });
    run.kill("SIGUSR2");
    const { code, stderr } = await run.exited;
    expect(code).toBe(1);
    expect(stderr).toBe("mcpchat: crashed on purpose; this is a bug in mcpchat, please report it\n");
    await expectNoneLeft(home);
  });

  test("is gone after it was stopped by SIGSTOP itself, and the run by SIGKILL", async () => {
    const home = homeWithServer();
    const run = await runUnderWay(home, processes);
    for (const leader of leaders(home)) process.kill(-leader, "SIGSTOP");
    run.kill("SIGKILL");
    await run.exited;
    await expectNoneLeft(home);
  });
});
