/** A running chat is looked at from another terminal. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { recordFile } from "../../src/app/run-record.ts";
import type { TreeNode } from "../../src/app/tree-view.ts";
import { hostIdentity, startTimeOf } from "../../src/process/identity.ts";
import { CTRL_D, openChat, say } from "./chat-dialogue.ts";
import { expectFailure } from "./complaint.ts";
import type { Home } from "./harness.ts";
import { homeWithModel } from "./harness.ts";
import { homeWithServers } from "./mcp-servers.ts";
import { eventually } from "./program.ts";

setDefaultTimeout(120_000);

const runFolder = (home: Home) => join(home.folder, ".local/state/mcpchat/run");
const DEAD_RECORD = { pid: 1_000_000_000, startTime: "1", host: hostIdentity(), startedAt: 1, groups: [] };
const deadFile = (home: Home) => recordFile(runFolder(home), DEAD_RECORD);

function find(node: TreeNode, ...path: string[]): TreeNode | undefined {
  const [first, ...rest] = path;
  if (first === undefined) return node;
  const child = node.children?.find(({ id }) => id === first);
  return child && find(child, ...rest);
}

async function treeOf(home: Home): Promise<TreeNode> {
  const { code, stdout, stderr } = await home.run(["tree", "--json"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

async function openWithServers() {
  const { home, model } = homeWithServers({ good: { mode: "good" }, dying: { mode: "dying" } });
  const pty = await openChat(home, "hello", "--wait", "1");
  await eventually("the good server", async () => {
    const { stdout } = await home.run(["servers", "list", "--json"]);
    const servers: { name: string; state: string }[] = JSON.parse(stdout);
    return servers.some(({ name, state }) => name === "good" && state === "ready");
  });
  return { home, model, pty };
}

describe("mcpchat tree", () => {
  test("shows every service, with process numbers, restarts and last exits", async () => {
    const { home, pty } = await openWithServers();
    const before = await treeOf(home);
    const pid = find(before, "mcp", "servers", "good", "process")?.pid ?? 0;
    expect(find(before, "mcp", "servers", "good", "connection")).toMatchObject({
      state: "running",
      restarts: 0,
      pid,
    });
    expect(before.children?.map(({ id }) => id)).toContain("session");
    process.kill(pid, "SIGKILL");
    await pty.until("server good crashed (killed by SIGKILL), restarted in");
    const after = find(await treeOf(home), "mcp", "servers", "good", "process");
    expect(after).toMatchObject({ state: "running", restarts: 1 });
    expect(after?.last_exit).toStartWith("killed by SIGKILL");
    expect(after?.pid).not.toBe(pid);
    const plain = await home.run(["tree"]);
    expect(plain.stdout).toMatch(/├─ store +running/);
    expect(plain.stdout).not.toContain("\x1b");
    await say(pty, "/tree", "└─ connection");
    pty.type(CTRL_D);
    await pty.exited;
  });

  test("--watch tells each change, and ends with the chat", async () => {
    const { home, pty } = await openWithServers();
    const watching = home.start(["tree", "--watch", "--json"]);
    await watching.until("stdout", '"id":"good"');
    const pid = find(await treeOf(home), "mcp", "servers", "good", "process")?.pid ?? 0;
    process.kill(pid, "SIGKILL");
    await watching.until("stdout", "killed by SIGKILL");
    pty.type(CTRL_D);
    await pty.exited;
    expect((await watching.exited).code).toBe(0);
  });

  test("with no chat, or not that one, says so", async () => {
    const { home } = homeWithModel();
    expect(expectFailure(await home.run(["tree"]), 2)).toContain("no chat is running");
    expect(expectFailure(await home.run(["servers", "restart", "x"]), 2)).toContain("no chat is running");
    const pty = await openChat(home, "hello");
    expect(expectFailure(await home.run(["tree", "--pid", "1"]), 2)).toContain("no chat runs as 1");
    pty.type(CTRL_D);
    await pty.exited;
  });
});

describe("the record of a run", () => {
  test("is private, and goes with the chat", async () => {
    const { home } = homeWithModel();
    const pty = await openChat(home, "hello");
    const names = readdirSync(runFolder(home));
    expect(names.map((name) => name.replace(/^\d+-[0-9a-f]{8}/, "")).sort()).toEqual([".json", ".sock"]);
    for (const name of names) expect(statSync(join(runFolder(home), name)).mode & 0o777).toBe(0o600);
    pty.type(CTRL_D);
    await pty.exited;
    expect(readdirSync(runFolder(home))).toEqual([]);
  });

  test("of a chat that was killed is cleared away, with the groups that it has left", async () => {
    const { home } = homeWithModel();
    const orphan = Bun.spawn(["sh", "-c", "trap '' TERM; while :; do sleep 1; done"], { detached: true });
    const stat = readFileSync(`/proc/${orphan.pid}/stat`, "utf8");
    const startTime = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    const file = deadFile(home);
    const socket = join(runFolder(home), `${DEAD_RECORD.pid}.sock`);
    home.write(file, JSON.stringify({ ...DEAD_RECORD, socket, groups: [{ pid: orphan.pid, startTime }] }));
    home.write(socket, "");
    home.write(join(runFolder(home), "7-0a.json"), "{half a rec");
    expectFailure(await home.run(["tree"]), 2);
    expect(await orphan.exited).toBe(137);
    expect([existsSync(file), existsSync(socket)]).toEqual([false, false]);
  });

  test("whose number is used by another process ends nobody", async () => {
    const { home } = homeWithModel();
    const groups = [{ pid: process.pid, startTime: "1" }];
    home.write(deadFile(home), JSON.stringify({ ...DEAD_RECORD, groups }));
    expectFailure(await home.run(["tree"]), 2);
  });

  test("finds another place for its socket when the path would be too long", async () => {
    const { home } = homeWithModel();
    home.env.XDG_STATE_HOME = join(home.folder, "x".repeat(120));
    const pty = await openChat(home, "hello");
    expect((await treeOf(home)).id).toBe("mcpchat");
    const folder = join(home.folder, "x".repeat(120), "mcpchat/run");
    const [name = ""] = readdirSync(folder);
    const { socket } = JSON.parse(readFileSync(join(folder, name), "utf8"));
    expect(existsSync(socket)).toBe(true);
    pty.type(CTRL_D);
    await pty.exited;
    expect(existsSync(dirname(socket))).toBe(false);
  });

  test("of a chat that hangs does not hide another that answers", async () => {
    const { home } = homeWithModel();
    const pty = await openChat(home, "hello");
    const hanging = { pid: process.pid, startTime: startTimeOf(process.pid), host: hostIdentity() };
    const socket = join(runFolder(home), "nobody.sock");
    const record = { ...hanging, socket, startedAt: Date.now() + 60_000, groups: [] };
    home.write(recordFile(runFolder(home), record), JSON.stringify(record));
    expect((await treeOf(home)).id).toBe("mcpchat");
    expect((await home.run(["servers", "list"])).code).toBe(0);
    const asked = await home.run(["tree", "--pid", String(process.pid)]);
    expect(expectFailure(asked, 2)).toContain(`the chat ${process.pid} does not answer`);
    pty.type(CTRL_D);
    await pty.exited;
  });
});

describe("mcpchat servers", () => {
  test("restart brings back a server that has failed, list shows its last words", async () => {
    const { home, pty } = await openWithServers();
    await pty.until("server dying failed: exit 1");
    const { stdout } = await home.run(["servers", "list"]);
    expect(stdout).toMatch(/good: ready, pid \d+, 4 tools/);
    expect(stdout).toContain("dying: failed, 0 tools, exit 1: cannot read the settings | giving up");
    expect((await home.run(["servers", "restart", "dying"])).code).toBe(0);
    await pty.until("server dying failed: exit 1");
    expect(expectFailure(await home.run(["servers", "restart", "gone"]), 2)).toContain(
      "there is no server gone",
    );
    pty.type(CTRL_D);
    await pty.exited;
  });

  test("list shows the configured ones when no chat is running", async () => {
    const { home } = homeWithServers({ good: { mode: "good" } });
    const { stdout } = await home.run(["servers", "list"]);
    expect(stdout).toMatch(/^good: enabled, sh .+ good, stdio, from \S+config\.toml\n$/);
    expect(JSON.parse((await home.run(["servers", "list", "--json"])).stdout)).toEqual([
      { name: "good", enabled: true, transport: "stdio", trusted: false, source: home.configFile },
    ]);
  });
});

describe("what happens in the tree", () => {
  test("is in the log, in the store and in ndjson", async () => {
    const { home } = homeWithServers({ good: { mode: "good" }, dying: { mode: "dying" } });
    const run = await home.run([
      "-m",
      "openai/tool-good__echo",
      "--allow",
      "*",
      "-o",
      "ndjson",
      "--log-level",
      "debug",
      "go",
    ]);
    const events = run.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const crash = {
      type: "supervision",
      event: "child_exited",
      path: "mcpchat/mcp/servers/dying",
      child: "process",
    };
    expect(events.filter(({ type }) => type === "supervision")).toContainEqual(
      expect.objectContaining({ ...crash, detail: expect.stringContaining("exit 1") }),
    );
    const log = readFileSync(join(home.folder, ".local/state/mcpchat/log"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(log).toContainEqual(
      expect.objectContaining({ level: "debug", type: "child_started", child: "store" }),
    );
    expect(log).toContainEqual(
      expect.objectContaining({ level: "warn", type: "child_exited", child: "process" }),
    );
    expect(statSync(join(home.folder, ".local/state/mcpchat/log")).mode & 0o777).toBe(0o600);
  });
});
