/** However a run ends, nothing of its servers is alive two seconds later. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Home } from "./harness.ts";
import { groupMembers, homeWithServers, leaders } from "./mcp-servers.ts";
import { eventually, type Program } from "./program.ts";

setDefaultTimeout(120_000);

/** The promise. */
const GONE_WITHIN_MS = 2_000;

const SERVERS = {
  good: { mode: "good" },
  stubborn: { mode: "stubborn" },
  grandchild: { mode: "grandchild" },
  hung: { mode: "hung" },
};

/** Waits until every server, and the child of one of them, is alive. */
async function allAlive(home: Home): Promise<void> {
  await eventually("all servers live", async () => {
    const started = leaders(home);
    return started.length === 4 && (await groupMembers(started)).length >= 5;
  });
}

async function expectNoneLeft(home: Home): Promise<void> {
  const started = leaders(home);
  expect(started.length).toBeGreaterThanOrEqual(4);
  await eventually(
    "no process is left",
    async () => (await groupMembers(started)).length === 0,
    GONE_WITHIN_MS,
  );
}

/** A run that waits for the model's answer, which never ends, with all its servers alive. */
async function runUnderWay(...options: string[]): Promise<{ home: Home; run: Program }> {
  const { home } = homeWithServers(SERVERS);
  const run = home.start(["-m", "openai/stall", "--wait", "0", ...options, "go"]);
  await allAlive(home);
  await run.until("stdout", "stalls");
  return { home, run };
}

describe("nothing is left", () => {
  test("after success", async () => {
    const { home } = homeWithServers(SERVERS);
    const wait = ["--require", "good", "--require", "stubborn", "--require", "grandchild", "--wait", "3"];
    const run = await home.run(["-m", "openai/tool-good__echo", "--yes", ...wait, "go"]);
    expect(run).toMatchObject({ code: 0, stdout: "The tool said: hello\n" });
    await expectNoneLeft(home);
  });

  test("after a refusal of the provider", async () => {
    const { home } = homeWithServers(SERVERS);
    const run = await home.run(["-m", "openai/unauthorized", "--wait", "1", "go"]);
    expect(run.code).toBe(4);
    await expectNoneLeft(home);
  });

  test("after a failure while the servers were only starting", async () => {
    const { home } = homeWithServers(SERVERS);
    const run = await home.run(["-m", "openai/hello", "--wait", "0", "-r", "no-such-session", "go"]);
    expect(run.code).toBe(2);
    await eventually("nothing is left", async () => (await groupMembers(leaders(home))).length === 0, 2_000);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 143],
  ] as const)("after %s", async (signal, code) => {
    const { home, run } = await runUnderWay();
    run.kill(signal);
    expect((await run.exited).code).toBe(code);
    await expectNoneLeft(home);
  });

  test("after a second SIGINT, which waits for nobody", async () => {
    const { home, run } = await runUnderWay();
    run.kill("SIGINT");
    run.kill("SIGINT");
    expect((await run.exited).code).toBe(130);
    await expectNoneLeft(home);
  });

  test("after --timeout", async () => {
    const { home } = homeWithServers(SERVERS);
    const run = home.start(["-m", "openai/stall", "--wait", "0", "--timeout", "4", "go"]);
    await allAlive(home);
    expect((await run.exited).code).toBe(8);
    await expectNoneLeft(home);
  });

  test("after SIGKILL", async () => {
    const { home, run } = await runUnderWay();
    run.kill("SIGKILL");
    expect((await run.exited).code).toBe(137);
    await expectNoneLeft(home);
  });
});
