/** `mcpchat tools` and `mcpchat call`: servers without a model. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { Home } from "./harness.ts";
import {
  callsIn,
  groupMembers,
  leaders,
  publishedServer,
  type RawServer,
  rawServers,
} from "./mcp-servers.ts";
import { eventually } from "./program.ts";

setDefaultTimeout(120_000);

function homeWith(servers: Record<string, RawServer>, toml = ""): Home {
  const home = new Home();
  home.configure(toml + rawServers(home, servers));
  return home;
}

const GOOD = { good: { mode: "good" } };

describe("tools", () => {
  test("lists what the servers offer, a line each", async () => {
    const { code, stdout, stderr } = await homeWith(GOOD).run(["tools"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe(
      ["echo", "add", "lookup", "write"].map((name) => `good/${name}  The tool ${name}\n`).join(""),
    );
  });

  test("--json has names, schemas and annotations", async () => {
    const { stdout } = await homeWith(GOOD).run(["tools", "--json"]);
    expect(JSON.parse(stdout)[2]).toEqual({
      server: "good",
      name: "lookup",
      qualified_name: "good__lookup",
      description: "The tool lookup",
      input_schema: { type: "object", properties: { key: { type: "string" } } },
      annotations: { readOnlyHint: true },
    });
  });

  test("--server lists those of one, also of one that is not enabled", async () => {
    const home = homeWith({ ...GOOD, off: { mode: "good", more: "enabled = false" } });
    const lines = async (...args: string[]) => (await home.run(["tools", ...args])).stdout.trim().split("\n");
    expect(await lines()).toHaveLength(4);
    expect((await lines("--server", "off")).every((line) => line.startsWith("off/"))).toBe(true);
  });

  test("one that is not ready is named, and the others' tools are listed", async () => {
    const home = homeWith({ ...GOOD, hung: { mode: "hung" } });
    const run = await home.run(["tools", "--wait", "0.5"]);
    expect(run.code).toBe(0);
    expect(run.stdout.trim().split("\n")).toHaveLength(4);
    expect(run.stderr).toBe("mcpchat: server hung was not ready within 0.5 s\n");
    expect((await home.run(["tools", "--server", "hung", "--wait", "0.1"])).code).toBe(6);
  });

  test("none configured: stdout is empty, and --json an empty list", async () => {
    const home = homeWith({});
    expect(await home.run(["tools"])).toMatchObject({ code: 0, stdout: "" });
    expect(await home.run(["tools", "--json"])).toMatchObject({ code: 0, stdout: "[]\n" });
  });

  test("an unknown server, and an unknown option, are usage errors", async () => {
    const home = homeWith(GOOD);
    expect(await home.run(["tools", "--server", "goood"])).toMatchObject({
      code: 2,
      stderr: "mcpchat: there is no server goood; did you mean good?\n",
    });
    expect((await home.run(["tools", "--sever", "good"])).stderr).toContain("did you mean --server?");
  });
});

describe("call", () => {
  test("prints the result with one newline", async () => {
    const run = await homeWith(GOOD).run(["call", "good", "echo", "message=hello"]);
    expect(run).toMatchObject({ code: 0, stdout: "hello\n", stderr: "" });
  });

  test("reads key=value by the tool's schema, JSON, and standard input", async () => {
    const home = homeWith(GOOD);
    const sums = await Promise.all([
      home.run(["call", "good", "add", "a=1", "b=2"]),
      home.run(["call", "good", "add", '{"a": 1, "b": 2}']),
      home.run(["call", "good", "add", "-"], { stdin: '{"a": 1, "b": 2}' }),
    ]);
    expect(sums.map(({ stdout }) => stdout)).toEqual(Array(3).fill('{"sum":3}\n'));
    expect((await home.run(["call", "good", "echo", "message=5"])).stdout).toBe("5\n");
  });

  test("--json has everything", async () => {
    const run = await homeWith(GOOD).run(["call", "good", "add", "a=1", "b=2", "--json"]);
    expect(JSON.parse(run.stdout)).toEqual({
      server: "good",
      tool: "add",
      ok: true,
      content: '{"sum":3}',
      blocks: [],
      structured: { sum: 3 },
      ms: expect.any(Number),
    });
  });

  test("works with a published server", async () => {
    const home = new Home();
    home.configure(publishedServer("everything", "server-everything", "stdio"));
    const run = await home.run(["call", "everything", "get-sum", "a=2", "b=40"]);
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout).toContain("42");
    const wrong = await home.run(["call", "everything", "get-sum", "a=two", "b=40"]);
    expect(wrong).toMatchObject({
      code: 2,
      stderr: 'mcpchat: a should be of type number, not "two"\n',
    });
  });

  test("an error of the tool ends with 7 and its words, also as JSON", async () => {
    const home = new Home();
    home.configure(publishedServer("files", "server-filesystem", home.work));
    const run = await home.run(["call", "files", "read_text_file", "path=/etc/hostname"]);
    expect(run).toMatchObject({ code: 7, stdout: "" });
    expect(run.stderr).toMatch(/^mcpchat: files\/read_text_file failed: .*Access denied[^\n]*\n$/);
    const json = await home.run(["call", "files", "read_text_file", "path=/etc/hostname", "--json"]);
    expect(json.code).toBe(7);
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, structured: null });
  });

  test.each([
    [["good", "ecko"], "server good has no tool ecko; did you mean echo?"],
    [["goood", "echo"], "there is no server goood; did you mean good?"],
    [["good"], "call needs a server and a tool; mcpchat call SERVER TOOL [key=value ... | JSON | -]"],
    [["good", "echo", "hello"], "not an argument: hello; write key=value, or one JSON object"],
    [
      ["good", "echo", "{broken"],
      'the argument is not a JSON object: a name in quotes or "}" was expected, not "b" at column 2',
    ],
  ])("%j is a usage error", async (args, line) => {
    const run = await homeWith(GOOD).run(["call", ...args]);
    expect(run).toMatchObject({ code: 2, stdout: "", stderr: `mcpchat: ${line}\n` });
  });

  test.each([
    ["hung", "mcpchat: server hung was not ready within 0.5 s\n"],
    ["dying", "cannot read the settings | giving up\n"],
  ])("a %s server ends with 6", async (mode, words) => {
    const run = await homeWith({ [mode]: { mode } }).run(["call", mode, "echo", "--wait", "0.5"]);
    expect(run.code).toBe(6);
    expect(run.stderr).toEndWith(words);
  });

  test("a deny rule holds, and ends with 7; nothing has to allow it", async () => {
    const servers = { good: { mode: "good", more: 'tools = { deny = ["write"] }' } };
    const home = homeWith(servers, '[tools]\ndeny = ["good/echo"]\n');
    expect((await home.run(["call", "good", "lookup", "key=k"])).stdout).toBe("lookup k\n");
    const denied = await home.run(["call", "good", "echo", "message=hello"]);
    expect(denied).toMatchObject({ code: 7, stdout: "" });
    expect(denied.stderr).toStartWith("mcpchat: good/echo is denied");
    expect((await home.run(["call", "good", "write", "key=k"])).code).not.toBe(0);
  });

  test("a server that dies in mid-call: the outcome is unknown, and the code is 7", async () => {
    const home = new Home();
    const env = { CRASH_FILE: join(home.folder, "crashed"), CALL_LOG: join(home.folder, "calls") };
    home.configure(rawServers(home, { fragile: { mode: "crashing", env } }));
    const run = await home.run(["call", "fragile", "write", "key=k"]);
    expect(run.code).toBe(7);
    expect(run.stderr).toContain("outcome is unknown");
    expect(callsIn(env.CALL_LOG)).toEqual(["write"]);
  });

  test("--timeout bounds the call", async () => {
    const run = await homeWith({ quiet: { mode: "silent" } }).run([
      "call",
      "quiet",
      "echo",
      "message=x",
      "--timeout",
      "0.3",
    ]);
    expect(run.code).toBe(8);
    expect(run.stderr).toContain("quiet/echo took more than 0.3 s");
  });

  test("SIGTERM in mid-call ends with 143 and leaves nothing", async () => {
    const home = new Home();
    const log = join(home.folder, "calls");
    home.configure(rawServers(home, { quiet: { mode: "silent", env: { CALL_LOG: log } } }));
    const run = home.start(["call", "quiet", "echo", "message=x"]);
    await eventually("the call is under way", () => callsIn(log).length > 0);
    run.kill("SIGTERM");
    expect((await run.exited).code).toBe(143);
    await eventually("nothing is left", async () => (await groupMembers(leaders(home))).length === 0, 2_000);
  });
});
