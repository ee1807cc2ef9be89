// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are variables of the configuration.
/** Servers are added, changed and tested from the command line. */
import { describe, expect, onTestFinished, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expectFailure } from "./complaint.ts";
import { Home } from "./harness.ts";
import { groupMembers, leaders, publishedServer, rawServers } from "./mcp-servers.ts";

setDefaultTimeout(120_000);

const EVERYTHING = fileURLToPath(
  new URL("../../node_modules/@modelcontextprotocol/server-everything/dist/index.js", import.meta.url),
);
const readConfig = (home: Home) => readFileSync(home.configFile, "utf8");

async function succeed(home: Home, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await home.run(args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

describe("servers add", () => {
  test("makes a private file, and what it writes works", async () => {
    const home = new Home();
    const said = await succeed(home, "servers", "add", "all", "--trusted", "--", "node", EVERYTHING, "stdio");
    expect(said).toBe(
      `added to ${home.configFile}\n  all: node ${EVERYTHING} stdio [trusted]\ntry it: mcpchat servers test all\n`,
    );
    expect(statSync(home.configFile).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(home.configFile)).mode & 0o777).toBe(0o700);
    expect(await succeed(home, "call", "all", "get-sum", "a=2", "b=40")).toContain("42");
  });

  test("takes everything of a command, dashes and dollars too", async () => {
    const home = new Home();
    const words = ["--config", "not-mine", "$HOME", "${HOME}", "${1}", "-h"];
    const options = ["--env", "KEY=a=b", "--env", "REF=${HOME}/x", "--cwd", "sub", "--tool-allow", "read_*"];
    await succeed(home, "-v", "servers", "add", "x", ...options, "--", "npx", ...words);
    expect(Bun.TOML.parse(readConfig(home))).toEqual({
      mcp: {
        servers: {
          x: {
            command: "npx",
            args: ["--config", "not-mine", "$HOME", "${HOME}", "$${1}", "-h"],
            env: { KEY: "a=b", REF: "${HOME}/x" },
            cwd: join(home.work, "sub"),
            tools: { allow: ["read_*"] },
          },
        },
      },
    });
    expect(await succeed(home, "config", "validate")).toBe("valid\n");
  });

  test("takes an address with its headers", async () => {
    const home = new Home();
    const options = ["--transport", "sse", "--header", "Authorization: Bearer a:b", "--json"];
    const said = await succeed(home, "servers", "add", "far", "https://example.com/mcp?a=b", ...options);
    expect(JSON.parse(said)).toEqual({ name: "far", file: home.configFile, enabled: true, replaced: false });
    expect(Bun.TOML.parse(readConfig(home))).toEqual({
      mcp: {
        servers: {
          far: {
            url: "https://example.com/mcp?a=b",
            transport: "sse",
            headers: { Authorization: "Bearer a:b" },
          },
        },
      },
    });
  });

  test("says nothing of what may be secret in it", async () => {
    const home = new Home();
    const far = await succeed(
      home,
      ...["servers", "add", "far", "https://ada:s3cret@example.com/mcp?key=s3cret", "--header", "X: s3cret"],
    );
    expect(far).toContain('\n  far: "https://example.com/mcp?..." "X: ..."\n');
    const near = await succeed(home, "servers", "add", "near", "--env", "KEY=s3cret", "--", "npx", "x");
    expect(near).toContain("\n  near: KEY=... npx x\n");
    expect(far + near).not.toContain("s3cret");
  });

  test("a variable that is not set leaves the server disabled, and every run as it was", async () => {
    const home = new Home();
    const said = await succeed(home, "servers", "add", "x", "--env", "KEY=${NOWHERE}", "--", "npx");
    expect(said).toContain("it is disabled, as a variable that it names is not set");
    expect(await succeed(home, "servers", "list")).toStartWith("x: disabled, npx");
    const enabled = await home.run(["servers", "enable", "x"]);
    expect(expectFailure(enabled, 3)).toContain("the variable NOWHERE is not set");
    await home.run(["servers", "enable", "x"], { env: { NOWHERE: "here" } });
    expect(readConfig(home)).toContain("enabled = true");
  });

  test("a name that is taken is refused, and replaced by force", async () => {
    const home = new Home();
    home.configure('# mine\n[mcp.servers.x]\ncommand = "old"\n');
    const refused = await home.run(["servers", "add", "x", "--", "new"]);
    expect(expectFailure(refused, 2)).toContain(
      "remove it first with mcpchat servers remove x, or replace it",
    );
    await succeed(home, "servers", "add", "x", "--force", "--", "new");
    expect(readConfig(home)).toBe('# mine\n\n[mcp.servers.x]\ncommand = "new"\n');
  });

  test.each([
    [["x"], "what is its command, or its address?"],
    [[], "what is the server called?"],
    [["a b", "--", "y"], "a b is no name for a server"],
    [
      ["x", "npx", "server"],
      "npx is no address; a command stands behind --; mcpchat servers add x -- npx server",
    ],
    [["x", "http://h/", "--", "npx"], "a server has either a command or an address"],
    [["x", "--env", "s3cret", "--", "npx"], "--env takes KEY=VALUE"],
    [["x", "http://h/", "--header", "s3cret"], "--header takes 'NAME: VALUE'"],
    [["x", "http://h/", "--transport", "ws"], "--transport should be http or sse"],
    [["x", "--project", "--config", "f", "--", "y"], "--project and --config name two files"],
  ])("%j is a usage error", async (words, line) => {
    const home = new Home();
    const run = await home.run(["servers", "add", ...words]);
    expect(expectFailure(run, 2)).toContain(line);
    expect(run.stderr).not.toContain("s3cret");
    expect(existsSync(home.configFile)).toBe(false);
  });
});

describe("servers remove, enable and disable", () => {
  test("change what they are about, and keep every other byte", async () => {
    const home = new Home();
    const mine = '# mine\n\n[mcp.servers.keep] # this\ncommand = "npx" # the program\n';
    home.configure(`${mine}\n[mcp.servers.go]\ncommand = "y"\n\n[mcp.servers.go.tools]\nallow = ["*"]\n`);
    expect(await succeed(home, "servers", "disable", "keep")).toBe(`keep: disabled in ${home.configFile}\n`);
    expect(await succeed(home, "servers", "list")).toStartWith("keep: disabled, npx, stdio");
    await succeed(home, "servers", "enable", "keep");
    await succeed(home, "servers", "remove", "go");
    expect(readConfig(home)).toBe(mine.replace("this\n", "this\nenabled = true\n"));
  });

  test("say where else a server comes from, and what is meant", async () => {
    const home = new Home();
    home.configure('[mcp.servers.files]\ncommand = "y"\n[mcp]\nwait = 1\n');
    home.write(".mcpchat.toml", '[mcp.servers.here]\ncommand = "y"\n');
    await home.run(["config", "trust", "--yes"]);
    expect(expectFailure(await home.run(["servers", "remove", "here"]), 2)).toContain(
      `server here comes from ${home.work}/.mcpchat.toml; in its folder: mcpchat servers remove here --project`,
    );
    expect(expectFailure(await home.run(["servers", "remove", "fiels"]), 2)).toContain("did you mean files?");
    await succeed(home, "servers", "remove", "here", "--project");
    expect(await succeed(home, "servers", "list")).toMatch(/^files: [^\n]*\n$/);
  });

  test("what is written in another way is left alone, with its place", async () => {
    const home = new Home();
    home.configure('[mcp.servers]\nx = { command = "y" }\n');
    const run = await home.run(["servers", "remove", "x", "--json"]);
    expect(run.code).toBe(3);
    expect(run.stderr).toBe(
      `mcpchat: ${home.configFile}:2: is written in a way that mcpchat does not change; edit it by hand there: write \`enabled = false\` in the server's table, or take its lines out\n`,
    );
    expect(JSON.parse(run.stdout).error).toMatchObject({ code: "configuration", exit_code: 3 });
  });
});

describe("servers add --project", () => {
  test("is trusted as it is then, also the second time, but not what was not trusted before", async () => {
    const home = new Home();
    await succeed(home, "servers", "add", "one", "--project", "--", "npx", "one");
    await succeed(home, "servers", "add", "two", "--project", "--", "npx", "two");
    expect((await succeed(home, "servers", "list")).split("\n")).toHaveLength(3);
    home.write(".mcpchat.toml", '[mcp.servers.evil]\ncommand = "rm"\n');
    const refused = await home.run(["servers", "add", "three", "--project", "--", "npx"]);
    expect(expectFailure(refused, 3)).toContain("are not trusted as they are now");
  });
});

test.each([["login"], ["logout"], ["trust"]])("servers %s without a name fails as JSON too", async (verb) => {
  const run = await new Home().run(["servers", verb, "--json"]);
  expect(run.code).toBe(2);
  expect(JSON.parse(run.stdout).error).toMatchObject({ message: "which server?", exit_code: 2 });
});

describe("changes at once", () => {
  test("are all in the file", async () => {
    const home = new Home();
    const names = ["a", "b", "c", "d", "e", "f"];
    const runs = await Promise.all(names.map((name) => home.run(["servers", "add", name, "--", "npx"])));
    expect(runs.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      names.map(() => ({ code: 0, stderr: "" })),
    );
    const { mcp } = Bun.TOML.parse(readConfig(home)) as { mcp: { servers: object } }; // Written just now.
    expect(Object.keys(mcp.servers).sort()).toEqual(names);
    expect(readdirSync(dirname(home.configFile))).toEqual(["config.toml"]);
  });

  test("to a project's file are all trusted", async () => {
    const home = new Home();
    const names = ["a", "b", "c", "d"];
    const add = (name: string) => home.run(["servers", "add", name, "--project", "--", "npx"]);
    expect((await Promise.all(names.map(add))).map(({ code }) => code)).toEqual(names.map(() => 0));
    expect((await succeed(home, "servers", "list")).trim().split("\n")).toHaveLength(names.length);
  });

  test("a lock that a process left behind is no obstacle", async () => {
    const home = new Home();
    home.configure("");
    home.write(join(dirname(home.configFile), ".config.toml.lock"), '{"pid":1,"startTime":"x","host":"');
    await succeed(home, "servers", "add", "a", "--", "npx");
  });
});

describe("servers test", () => {
  test("says what a server is, also of a disabled one, and leaves nothing", async () => {
    const home = new Home();
    home.configure(`${publishedServer("all", "server-everything", "stdio")}enabled = false\n`);
    const said = await succeed(home, "servers", "test", "all");
    expect(said).toMatch(/^all: ready after \d+ ms\n {2}started as process \d+\n {2}speaks MCP \d{4}-/);
    expect(said).toMatch(/\n {2}is mcp-servers\/everything \S+\n/);
    expect(said).toMatch(/\n {2}offers \d+ tools, 7 resources, 2 resource templates, 4 prompts\n$/);
    const [finding] = JSON.parse(await succeed(home, "servers", "test", "all", "--json"));
    expect(finding).toMatchObject({ name: "all", ok: true, transport: "stdio", resources: 7, prompts: 4 });
    expect(finding.server.name).toBe("mcp-servers/everything");
    expect(finding.tools).toBeGreaterThan(10);
  });

  test("one that is not configured, by its command", async () => {
    const home = new Home();
    const said = await succeed(home, "servers", "test", "--", "node", EVERYTHING, "stdio");
    expect(said).toStartWith("node: ready after ");
    expect(existsSync(home.configFile)).toBe(false);
  });

  test("one that fails ends with 6, its last words, and no process", async () => {
    const home = new Home();
    home.configure(rawServers(home, { dying: { mode: "dying" }, good: { mode: "good" } }));
    const run = await home.run(["servers", "test", "dying", "good"]);
    expect(run.code).toBe(6);
    expect(run.stderr).toEndWith("mcpchat: not ready: dying\n");
    expect(run.stdout).toMatch(/^dying: not ready .*cannot read the settings \| giving up\ngood: ready/);
    const json = await home.run(["servers", "test", "dying", "--json"]);
    expect(json.code).toBe(6);
    expect(JSON.parse(json.stdout)).toMatchObject([{ name: "dying", ok: false }]);
    expect(await groupMembers(leaders(home))).toEqual([]);
  });

  test("without a name all that are enabled are tested", async () => {
    const home = new Home();
    const off = '[mcp.servers.off]\ncommand = "false"\nenabled = false\n';
    home.configure(rawServers(home, { dying: { mode: "dying" }, good: { mode: "good" } }) + off);
    const run = await home.run(["servers", "test"]);
    expect(run.code).toBe(6);
    expect(run.stderr).toEndWith("mcpchat: not ready: dying\n");
    expect(run.stdout).toMatch(/^dying: not ready .*\ngood: ready/);
  });

  test("one that keeps silent is told of while it is waited for", async () => {
    const testing = new Home().start(["servers", "test", "--", "sleep", "600"]);
    await testing.until("stderr", "mcpchat: waiting for sleep ...\n");
    testing.kill("SIGINT");
    expect((await testing.exited).code).toBe(130);
  });

  test("one that asks for a login or is not there is not advised of what it is not: configured", async () => {
    const server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: ({ url }) => new Response("", { status: url.endsWith("/401") ? 401 : 404 }),
    });
    onTestFinished(() => server.stop(true));
    const at = (path: string) => new Home().run(["servers", "test", `${server.url}${path}`]);
    expect((await at("401")).stdout).toContain(
      "add it first: mcpchat servers add NAME URL, then mcpchat servers login NAME",
    );
    expect((await at("404")).stdout).toContain("or use --transport sse if");
  });

  test("a command that is not there is told", async () => {
    const run = await new Home().run(["servers", "test", "--", "/nowhere/no-such-program"]);
    expect(run.code).toBe(6);
    expect(run.stdout).toMatch(/^no-such-program: not ready .*command not found/);
    expect(run.stderr).toEndWith("mcpchat: not ready: no-such-program\n");
  });

  test.each([
    [["nobody"], 2, "there is no server nobody"],
    [[], 2, "no MCP server is configured"],
  ])("%j", async (words, code, line) => {
    expect(expectFailure(await new Home().run(["servers", "test", ...words]), code)).toContain(line);
  });
});
