/** The inference process dies in the middle of an answer: that costs the answer's tail, and nothing else. */
import { expect, setDefaultTimeout, test } from "bun:test";
import type { TreeNode } from "../../src/app/tree-view.ts";
import { countingModel } from "../fixtures/models/models.ts";
import { CTRL_C, CTRL_D, PROMPT } from "./chat-dialogue.ts";
import { Home } from "./harness.ts";
import { eventually, isAlive } from "./program.ts";
import { storedMessages } from "./stored.ts";

setDefaultTimeout(120_000);

/** Slow enough that something can happen in the middle of its answer. */
const slowModel = () => countingModel({ endless: true, layers: 8, feedForward: 4096 });

async function hostPid(home: Home): Promise<number> {
  const { stdout } = await home.run(["tree", "--json"]);
  const tree: TreeNode = JSON.parse(stdout);
  const models = tree.children?.find(({ id }) => id === "models");
  const pid = models?.children?.find(({ id }) => id === "host")?.pid;
  if (pid === undefined) throw new Error(`no inference process in ${stdout}`);
  return pid;
}

async function openChat(home: Home, ...options: string[]) {
  const pty = home.terminal(["-m", await slowModel(), ...options]);
  await pty.until("/help");
  await pty.until(PROMPT);
  return pty;
}

test("killed in mid-answer, it costs a line; the next turn is answered by the model, loaded again by itself", async () => {
  const home = new Home();
  const pty = await openChat(home);
  pty.type("count\r");
  await pty.until("number-20 ");
  const pid = await hostPid(home);
  expect(await isAlive(pid)).toBe(true);
  process.kill(pid, "SIGKILL");
  await pty.until("the inference process crashed (killed by SIGKILL)");
  await pty.until(PROMPT);
  pty.type("again\r");
  await pty.until("number-20 ");
  expect(await hostPid(home)).not.toBe(pid);
  pty.type(CTRL_C);
  await pty.until("interrupted");
  await pty.until(PROMPT);
  pty.type(CTRL_D);
  expect(await pty.exited).toBe(0);
  const [first, killed, second, stopped] = storedMessages(home);
  expect([first?.text, second?.text]).toEqual(["count", "again"]);
  for (const answer of [killed, stopped]) {
    expect(answer).toMatchObject({ role: "assistant", status: "partial" });
    expect(answer?.text).toStartWith("number-1 number-2 number-3 ");
  }
});

test("killed in the answer of a single question, it ends that with 5 and what came", async () => {
  const home = new Home();
  const program = home.start(["-m", await slowModel(), "count"]);
  await program.until("stdout", "number-20 ");
  const children = Bun.spawnSync(["pgrep", "-P", String(program.pid)])
    .stdout.toString()
    .trim()
    .split("\n");
  const commands = children.map((pid) => ({
    pid: Number(pid),
    line: Bun.spawnSync(["ps", "-o", "args=", "-p", pid]).stdout.toString(),
  }));
  const host = commands.find(({ line }) => line.includes("__inference"));
  if (!host) throw new Error(`no inference process among ${JSON.stringify(commands)}`);
  process.kill(host.pid, "SIGKILL");
  const { code, stdout, stderr } = await program.exited;
  expect(code).toBe(5);
  expect(stdout).toStartWith("number-1 number-2 ");
  expect(stdout).toEndWith("\n");
  expect(stderr).toMatch(/^mcpchat: the inference process crashed \([^\n]*$/m);
  expect(storedMessages(home)).toMatchObject([{ role: "user" }, { role: "assistant", status: "partial" }]);
});

test("cut off by its time, an answer is counted as far as it came", async () => {
  const home = new Home();
  const { code, stdout } = await home.run(["-m", await slowModel(), "--json", "--timeout", "3", "count"]);
  expect(code).toBe(8);
  const { text, usage } = JSON.parse(stdout);
  expect(text).toStartWith("number-1 ");
  expect(usage.input).toBeGreaterThan(0);
  expect(usage.output).toBeGreaterThan(0);
});

test("a model that mcpchat leaves behind, killed with -9, is gone within seconds", async () => {
  const home = new Home();
  const pty = await openChat(home);
  pty.type("count\r");
  await pty.until("number-20 ");
  const pid = await hostPid(home);
  pty.kill("SIGKILL");
  await eventually("the inference process is gone", async () => !(await isAlive(pid)));
});
