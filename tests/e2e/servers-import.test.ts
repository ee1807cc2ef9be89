// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are variables of the configuration.
/** Servers of other programs are found and taken over. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expectFailure } from "./complaint.ts";
import { Home } from "./harness.ts";

setDefaultTimeout(120_000);

const RAW = fileURLToPath(new URL("../fixtures/mcp-servers/raw.mjs", import.meta.url));
const DESKTOP =
  process.platform === "darwin"
    ? "Library/Application Support/Claude/claude_desktop_config.json"
    : ".config/Claude/claude_desktop_config.json";

/** A home where other programs have servers. */
function furnished(): Home {
  const home = new Home({
    FILES_MCP_SERVER: "npx -y 'a server'",
    CI_SERVER_URL: "https://ci.example.com/mcp",
  });
  const files = { command: "npx", args: ["-y", "files"], env: { KEY: "s3cret" } };
  home.write(join(home.folder, DESKTOP), JSON.stringify({ mcpServers: { files, odd: { type: "ws" } } }));
  const project = { [home.work]: { mcpServers: { here: { type: "http", url: "https://h/mcp" } } } };
  home.write(join(home.folder, ".claude.json"), JSON.stringify({ mcpServers: {}, projects: project }));
  home.write(
    ".vscode/mcp.json",
    '{ // mine\n "servers": { "code": { "command": "x", "args": ["${workspaceFolder}", "${input:key}"] }, } }',
  );
  home.write(join(home.folder, ".cursor/mcp.json"), '{ "mcpServers": ');
  home.write(join(home.folder, ".codex/config.toml"), '[mcp_servers.cx]\ncommand = "y"\n');
  home.write(join(home.folder, ".gemini/settings.json"), '{"mcpServers": {"gem": {"url": "https://g/sse"}}}');
  home.write(
    "node_modules/x-mcp-server/package.json",
    '{"name":"x-mcp-server","keywords":["mcp-server"],"bin":"x.js"}',
  );
  return home;
}

const configured = (home: Home) => Bun.TOML.parse(readFileSync(home.configFile, "utf8"));

describe("servers discover", () => {
  test("names what others have, with the command that takes it, and starts nothing", async () => {
    const home = furnished();
    const { code, stdout, stderr } = await home.run(["servers", "discover"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const line of [
      `Claude Desktop: ${join(home.folder, DESKTOP)}`,
      "  files: KEY=... npx -y files",
      '  odd: cannot be taken: its type "ws" is not one that mcpchat speaks',
      "  here: https://h/mcp",
      `  code: x ${home.work} \${KEY}`,
      "    ${input:key} is asked for there; set the variable KEY instead",
      `  ${join(home.folder, ".cursor/mcp.json")}:1:17: a value was expected, not the end`,
      `  take them: mcpchat servers import ${join(home.folder, ".codex/config.toml")} --all`,
      "  gem: https://g/sse",
      `    take it: mcpchat servers add x -- node ${home.work}/node_modules/x-mcp-server/x.js`,
      "environment: FILES_MCP_SERVER",
      "    take it: mcpchat servers add files -- npx -y 'a server'",
      "    take it: mcpchat servers add ci https://ci.example.com/mcp",
    ]) {
      expect(stdout.split("\n")).toContain(line);
    }
    expect(stdout).not.toContain("s3cret");
    expect(existsSync(home.configFile)).toBe(false);
  });

  test("--json has the same", async () => {
    const { stdout } = await furnished().run(["servers", "discover", "--json"]);
    expect(stdout).not.toContain("s3cret");
    const finds: { from: string; source: string; servers: { name: string; take?: string }[] }[] =
      JSON.parse(stdout);
    expect(finds.map(({ from }) => from)).toContain("Claude Desktop");
    expect(finds.find(({ source }) => source === "CI_SERVER_URL")?.servers[0]).toMatchObject({
      name: "ci",
      server: { url: "https://ci.example.com/mcp" },
      take: "mcpchat servers add ci https://ci.example.com/mcp",
    });
  });

  test("shows no secret of an address, and has it taken all the same", async () => {
    const home = new Home({ CI_SERVER_URL: "https://ada:s3cret@ci.example.com/mcp?key=s3cret" });
    const { stdout } = await home.run(["servers", "discover"]);
    expect(stdout).not.toContain("s3cret");
    const take = 'mcpchat servers add ci "$CI_SERVER_URL"';
    expect(stdout).toContain(`  ci: "https://ci.example.com/mcp?..."\n    take it: ${take}\n`);
    expect((await home.shell(take)).code).toBe(0);
    expect(configured(home)).toMatchObject({ mcp: { servers: { ci: { url: home.env.CI_SERVER_URL } } } });
  });

  test("nothing to find is no failure", async () => {
    const home = new Home({ PATH: "/usr/bin:/bin" });
    const { code, stdout } = await home.run(["servers", "discover", "--json"]);
    expect(code).toBe(0);
    expect(Array.isArray(JSON.parse(stdout))).toBe(true);
  });
});

describe("servers import", () => {
  test("takes all that can be taken, shows no secrets where no terminal is, and says what cannot", async () => {
    const home = furnished();
    const { code, stdout } = await home.run([
      "servers",
      "import",
      join(home.folder, DESKTOP),
      "--all",
      "--yes",
    ]);
    expect(code).toBe(0);
    expect(stdout).toBe(
      "files: KEY=... npx -y files\n" +
        'odd: cannot be taken: its type "ws" is not one that mcpchat speaks\n' +
        `added to ${home.configFile}: files\n`,
    );
    expect(configured(home)).toEqual({
      mcp: { servers: { files: { command: "npx", args: ["-y", "files"], env: { KEY: "s3cret" } } } },
    });
    const again = await home.run(["servers", "import", "--from", "claude-desktop", "files", "--json"]);
    expect(again.stdout).not.toContain("s3cret");
    expect(JSON.parse(again.stdout)).toMatchObject({
      written: false,
      servers: [{ name: "files", state: "same" }],
    });
  });

  test("what it has taken works", async () => {
    const home = new Home();
    const file = home.write(
      "their.json",
      JSON.stringify({ mcpServers: { good: { command: "node", args: [RAW, "good"] } } }),
    );
    expect((await home.run(["servers", "import", file, "--yes"])).code).toBe(0);
    expect((await home.run(["call", "good", "echo", "message=hello"])).stdout).toBe("hello\n");
  });

  test("one that lacks a variable is added disabled, and breaks no run", async () => {
    const home = furnished();
    const run = await home.run(["servers", "import", "--from", "vscode", "--yes"]);
    expect(run.stdout).toContain("  a variable that it names is not set: it is added disabled\n");
    expect(configured(home)).toEqual({
      mcp: { servers: { code: { command: "x", args: [home.work, "${KEY}"], enabled: false } } },
    });
    expect((await home.run(["servers", "list"])).code).toBe(0);
  });

  test("a person is asked, after they have seen the whole command", async () => {
    const home = furnished();
    const pty = home.terminal(["servers", "import", "--from", "codex"]);
    await pty.until("[y]es, [n]o?");
    expect(pty.output()).toContain("cx: y");
    pty.type("n");
    expect(await pty.exited).toBe(0);
    expect(existsSync(home.configFile)).toBe(false);
    const second = home.terminal(["servers", "import", "--from", "codex"]);
    await second.until("[y]es, [n]o?");
    second.type("y");
    expect(await second.exited).toBe(0);
    expect(configured(home)).toEqual({ mcp: { servers: { cx: { command: "y" } } } });
  });

  test("--dry-run writes nothing, and needs no answer", async () => {
    const home = furnished();
    const run = await home.run(["servers", "import", join(home.folder, DESKTOP), "--dry-run"]);
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(existsSync(home.configFile)).toBe(false);
  });

  test("a name that is taken is left alone, and replaced by force", async () => {
    const home = furnished();
    home.configure('# mine\n[mcp.servers.files]\ncommand = "own"\n');
    const left = await home.run(["servers", "import", "--from", "claude-desktop", "--all", "--yes"]);
    expect(left.stdout).toContain(
      `there is one of that name in ${home.configFile} already; --force replaces it`,
    );
    expect(configured(home)).toEqual({ mcp: { servers: { files: { command: "own" } } } });
    await home.run(["servers", "import", "--from", "claude-desktop", "files", "--yes", "--force"]);
    expect(configured(home)).toMatchObject({ mcp: { servers: { files: { command: "npx" } } } });
  });

  test.each([
    [["--from", "codex"], 2, "nobody is here to be asked; use --yes"],
    [["--from", "claude-desktop"], 2, "there are files, odd; name those that you want, or take --all"],
    [["--from", "claude-desktop", "odd", "--yes"], 3, 'server odd cannot be taken: its type "ws" is not one'],
    [["--from", "claude-desktop", "fils"], 2, "there is no server fils; did you mean files?"],
    [["--from", "curser"], 2, "--from curser is not known; did you mean cursor?"],
    [["--from", "cursor", "--all"], 3, ".cursor/mcp.json:1:17: a value was expected, not the end"],
    [["--from", "windsurf"], 3, "mcp_config.json: there is no such file"],
    [["nowhere.json"], 3, "nowhere.json: there is no such file"],
    [[], 2, "which file, or program?"],
  ])("%j", async (words, code, line) => {
    const home = furnished();
    expect(expectFailure(await home.run(["servers", "import", ...words]), code)).toContain(line);
    expect(existsSync(home.configFile)).toBe(false);
  });
});

describe("a project's file that changes while its user is asked", () => {
  const pending = async (home: Home) => {
    const pty = home.terminal(["servers", "import", "--from", "codex", "--project"]);
    await pty.until("[y]es, [n]o?");
    return pty;
  };

  test("is not trusted unseen", async () => {
    const home = furnished();
    await home.run(["servers", "add", "own", "--project", "--", "npx"]);
    const pty = await pending(home);
    const pulled = '[mcp.servers.evil]\ncommand = "rm"\n';
    const file = home.write(".mcpchat.toml", pulled);
    pty.type("y");
    expect(await pty.exited).toBe(3);
    expect(readFileSync(file, "utf8")).toBe(pulled);
    expect((await home.run(["servers", "list"])).stdout).not.toContain("evil");
  });

  test("nor is what appears beside it", async () => {
    const home = furnished();
    const pty = await pending(home);
    home.write(".mcp.json", '{"mcpServers": {"shared": {"command": "evil"}}}');
    pty.type("y");
    expect(await pty.exited).toBe(3);
    expect((await home.run(["servers", "list"])).stdout).not.toContain("shared");
  });
});

describe("a project's .mcp.json", () => {
  test("starts nothing before its folder is trusted, which shows the whole command", async () => {
    const home = new Home();
    const started = join(home.folder, "started");
    const shared = { command: "sh", args: ["-c", `echo >>"${started}"; exec node "${RAW}" good`] };
    home.write(".mcp.json", JSON.stringify({ mcpServers: { shared } }));
    const before = await home.run(["tools"]);
    expect(before).toMatchObject({ code: 0, stdout: "" });
    expect(before.stderr).toContain(`${home.work}/.mcp.json is ignored; to use it, trust its folder`);
    expect(existsSync(started)).toBe(false);
    expect(await home.run(["config", "trust"])).toMatchObject({
      code: 2,
      stderr: "mcpchat: nobody is here to be asked; use --yes to go on without a question\n",
    });
    expect((await home.run(["servers", "list"])).stdout).toBe("");
    const trusted = await home.run(["config", "trust", "--yes"]);
    expect(trusted.stdout).toBe(
      `trusted as it is now: ${home.work}/.mcp.json\n  server shared: sh -c ${JSON.stringify(shared.args[1])}\n`,
    );
    expect((await home.run(["call", "shared", "echo", "message=hello"])).stdout).toBe("hello\n");
    home.write(".mcp.json", JSON.stringify({ mcpServers: { shared: { command: "rm" } } }));
    expect((await home.run(["servers", "list"])).stdout).toBe("");
  });

  test("on a terminal its commands are shown before a question", async () => {
    const home = new Home();
    home.write(".mcp.json", '{"mcpServers": {"shared": {"command": "evil", "args": ["a b"]}}}');
    const listed = async () => (await home.run(["servers", "list"])).stdout;
    const no = home.terminal(["config", "trust"]);
    await no.until('server shared: evil "a b"');
    await no.until("[y]es, [n]o?");
    no.type("n");
    expect(await no.exited).toBe(0);
    expect(await listed()).toBe("");
    const yes = home.terminal(["config", "trust"]);
    await yes.until("[y]es, [n]o?");
    yes.type("y");
    expect(await yes.exited).toBe(0);
    expect(await listed()).toContain("shared: enabled, evil");
  });
});
