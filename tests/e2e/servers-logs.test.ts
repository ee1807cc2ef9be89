/** What servers write to their stderr can be read later, and while they run. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { expectFailure } from "./complaint.ts";
import { Home } from "./harness.ts";
import { rawServers } from "./mcp-servers.ts";

setDefaultTimeout(120_000);

const fileOf = (home: Home, name: string) => join(home.folder, `.local/state/mcpchat/servers/${name}.log`);

test("the last words of a server that fails are there afterwards", async () => {
  const home = new Home();
  home.configure(rawServers(home, { dying: { mode: "dying" }, good: { mode: "good" } }));
  await home.run(["servers", "test", "dying", "good"]);
  const run = await home.run(["servers", "logs", "dying", "-n", "2"]);
  expect(run).toMatchObject({ code: 0, stderr: "", stdout: "cannot read the settings\ngiving up\n" });
  expect(statSync(fileOf(home, "dying")).mode & 0o777).toBe(0o600);
  const json = await home.run(["servers", "logs", "dying", "-n", "1", "--json"]);
  expect(json.stdout).toBe('"giving up"\n');
  expect(await home.run(["servers", "logs", "good"])).toMatchObject({ code: 0, stdout: "", stderr: "" });
});

test("a server that floods its stderr is not slowed down, and its log is bounded", async () => {
  const home = new Home();
  home.configure(rawServers(home, { loud: { mode: "noisy" } }));
  expect(await home.run(["call", "loud", "echo", "message=hello"])).toMatchObject({
    code: 0,
    stdout: "hello\n",
  });
  expect(statSync(fileOf(home, "loud")).size).toBeLessThanOrEqual(1024 * 1024);
});

test("what is shown obeys nobody", async () => {
  const home = new Home();
  const words = String.raw`printf 'a\033[2Jb\202c\n' >&2; exit 1`;
  home.configure(`[mcp.servers.evil]\ncommand = "sh"\nargs = ["-c", ${JSON.stringify(words)}]\n`);
  await home.run(["servers", "test", "evil"]);
  const run = await home.run(["servers", "logs", "evil", "-n", "1"]);
  expect(run.stdout).toMatch(/^ab.?c\n$/);
});

test("--follow shows what comes, until Ctrl-C", async () => {
  const home = new Home();
  home.configure('[mcp.servers.here]\ncommand = "sh"\nargs = ["-c", "echo one >&2; exit 1"]\n');
  const following = home.start(["servers", "logs", "here", "--follow"]);
  const test = home.run(["servers", "test", "here"]);
  await following.until("stdout", "one\n");
  following.kill("SIGINT");
  expect((await following.exited).code).toBe(0);
  expect((await test).code).toBe(6);
});

test("a server that nobody knows is a usage error, and nothing is made for it", async () => {
  const home = new Home();
  home.configure('[mcp.servers.files]\ncommand = "y"\n');
  expect(expectFailure(await home.run(["servers", "logs", "fiels"]), 2)).toContain("did you mean files?");
  expect(existsSync(fileOf(home, "fiels"))).toBe(false);
});
