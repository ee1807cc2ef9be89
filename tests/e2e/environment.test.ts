/** Where it runs: nothing of the folder changes what mcpchat does, and its files are where they belong, for their owner. */
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expectFailure, expectSilentSuccess } from "./complaint.ts";
import { EXECUTABLE, homeWithModel, WIRES } from "./harness.ts";

const HELLO = "Hello! How can I help you today?\n";

/** The rights of everything below a folder, as `path: rights` lines. */
function rightsBelow(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const rights = (name: string) => (statSync(join(folder, name)).mode & 0o777).toString(8);
  return Object.fromEntries(names.sort().map((name) => [name, rights(name)]));
}

describe.each(WIRES)("mcpchat with %s", (wire) => {
  test("runs with a home and nothing else", async () => {
    const { home } = homeWithModel();
    const { HOME, PATH: _, ...provider } = home.env;
    const words = Object.entries({ HOME, ...provider }).map(([name, value]) => `${name}=${value}`);
    const result = await home.shell(`env -i ${words.join(" ")} ${EXECUTABLE} -m ${wire}/hello question`);
    expectSilentSuccess(result);
    expect(result.stdout).toBe(HELLO);
    expect(readdirSync(home.work)).toEqual([]);
  });

  test("is not changed by what lies in the folder", async () => {
    const { home, model } = homeWithModel();
    home.write(
      ".env",
      `MCPCHAT_MODEL=${wire}/unauthorized\nOPENAI_API_KEY=of-the-folder\nANTHROPIC_API_KEY=of-the-folder\n`,
    );
    home.write(".env.local", "MCPCHAT_MAX_TURNS=nonsense\n");
    home.write("bunfig.toml", 'preload = ["./preload.ts"]\n[define]\n"process.env.HOME" = "\'/nowhere\'"\n');
    home.write("preload.ts", "process.exit(99);\n");
    home.write("package.json", '{ "type": "commonjs", "imports": { "#x": "./preload.ts" } ');
    home.write("tsconfig.json", '{ "compilerOptions": { "paths": { "*": ["./preload.ts"] } } }');
    home.write("node_modules/consola/index.js", "process.exit(99);\n");
    home.write("node_modules/openai/index.js", "process.exit(99);\n");
    const result = await home.run(["-m", `${wire}/hello`, "question"]);
    expectSilentSuccess(result);
    expect(result.stdout).toBe(HELLO);
    expect(model.requests[0]?.headers.authorization).toBe(`Bearer key-of-${wire}`);
  });

  test("keeps nothing with --no-save", async () => {
    const { home } = homeWithModel();
    expectSilentSuccess(await home.run(["-m", `${wire}/hello`, "--no-save", "question"]));
    expect(existsSync(home.databaseFile)).toBe(false);
    expect(readdirSync(home.folder)).toEqual(["work"]);
  });
});

describe("its files", () => {
  test("are for their owner, whatever the umask", async () => {
    const { home } = homeWithModel();
    expectSilentSuccess(await home.shell("umask 000; mcpchat -m openai/hello question"));
    const rights = rightsBelow(join(home.folder, ".local/share"));
    expect(Object.keys(rights)).toEqual(expect.arrayContaining(["mcpchat", "mcpchat/mcpchat.db"]));
    for (const [name, mode] of Object.entries(rights)) {
      expect(`${name} ${mode}`).toBe(`${name} ${name === "mcpchat" ? "700" : "600"}`);
    }
  });

  test("are for their owner while it runs", async () => {
    const { home } = homeWithModel();
    const program = home.startShell('umask 000; exec "$MCPCHAT_UNDER_TEST" -m openai/stall question');
    await program.until("stdout", "stalls");
    const rights = rightsBelow(join(home.folder, ".local/share/mcpchat"));
    expect(rights).toEqual({ "mcpchat.db": "600", "mcpchat.db-shm": "600", "mcpchat.db-wal": "600" });
  });

  test("are where the XDG variables say", async () => {
    const { home, model } = homeWithModel();
    const folder = (name: string) => join(home.folder, "xdg", name);
    const env = {
      XDG_CONFIG_HOME: folder("config"),
      XDG_DATA_HOME: folder("data"),
      XDG_CACHE_HOME: folder("cache"),
      XDG_STATE_HOME: folder("state"),
    };
    home.write(join(folder("config"), "mcpchat/config.toml"), 'model = "openai/hello"\n');
    home.configure('model = "openai/unauthorized"\n');
    expectSilentSuccess(await home.run(["question"], { env }));
    expect(model.requests.map(({ model: name }) => name)).toEqual(["hello"]);
    expect(existsSync(join(folder("data"), "mcpchat/mcpchat.db"))).toBe(true);
    expect(existsSync(home.databaseFile)).toBe(false);
  });

  test("are where they would be without an XDG variable that is no path", async () => {
    const { home } = homeWithModel();
    expectSilentSuccess(
      await home.run(["-m", "openai/hello", "question"], { env: { XDG_DATA_HOME: "data" } }),
    );
    expect(existsSync(home.databaseFile)).toBe(true);
    expect(readdirSync(home.work)).toEqual([]);
  });

  test("include a configuration that is named", async () => {
    const { home, model } = homeWithModel();
    home.configure('model = "openai/unauthorized"\n');
    home.write("other.toml", 'model = "openai/hello"\n');
    expectSilentSuccess(await home.run(["--config", "other.toml", "question"]));
    expect(model.requests.map(({ model: name }) => name)).toEqual(["hello"]);
  });

  test("do not include a project's that nobody trusts", async () => {
    const { home, model } = homeWithModel();
    const file = home.write(".mcpchat.toml", 'model = "openai/unauthorized"\n');
    mkdirSync(join(home.work, "deep"));
    const { code, stderr } = await home.run(["-m", "openai/hello", "question"], {
      cwd: join(home.work, "deep"),
    });
    expect({ code, lines: stderr.split("\n").length }).toEqual({ code: 0, lines: 2 });
    expect(stderr).toStartWith(`mcpchat: ${file} is ignored`);
    expect(model.requests.map(({ model: name }) => name)).toEqual(["hello"]);
    const trusted = await home.run(["config", "trust", "--yes"]);
    expectSilentSuccess(trusted);
    expect(trusted.stdout).toBe(`trusted as it is now: ${file}\n`);
    expect((await home.run(["question"])).code).toBe(4);
  });
});

test("a variable that is not set is told when a disabled server is asked for, and not before", async () => {
  const { home } = homeWithModel();
  // biome-ignore lint/suspicious/noTemplateCurlyInString: mcpchat's own variable.
  const server = '[mcp.servers.x]\ncommand = "npx"\nargs = ["${MISSING}"]\nenabled = false\n';
  home.write(".mcpchat.toml", server);
  const trusted = await home.run(["config", "trust", "--yes"]);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: shown as it is written.
  expect(trusted.stdout).toContain("\n  server x: npx ${MISSING}\n");
  const listed = await home.run(["servers", "list"]);
  expect({ code: listed.code, stdout: listed.stdout }).toEqual({
    code: 0,
    stdout: `x: disabled, npx \${MISSING}, stdio, from ${home.work}/.mcpchat.toml\n`,
  });
  const asked = await home.run(["tools", "--server", "x"]);
  expect(asked.code).toBe(3);
  expect(asked.stderr).toContain("mcp.servers.x.args.0: the variable MISSING is not set");
});

describe("the version", () => {
  const packageFile = Bun.file(join(import.meta.dir, "../../package.json"));

  test.each([["--version"], ["-V"], ["version"]])("of %s is that of the package", async (argument) => {
    const { home } = homeWithModel();
    const result = await home.run([argument], { env: { HOME: undefined } });
    expectSilentSuccess(result);
    expect(result.stdout).toBe(`${(await packageFile.json()).version}\n`);
  });

  test("is JSON where JSON is wanted", async () => {
    const { home } = homeWithModel();
    const { code, stdout } = await home.run(["version", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ version: (await packageFile.json()).version });
  });
});

describe("help", () => {
  test.each([
    [["--help"]],
    [["-h"]],
    [["sessions", "--help"]],
    [["sessions", "list", "-h"]],
    [["call", "--help"]],
  ])("of %j is on standard output, and plain", async (args) => {
    const { home } = homeWithModel();
    const result = await home.run(args);
    expectSilentSuccess(result);
    expect(result.stdout).toMatch(/mcpchat/);
    expect(result.stdout).not.toContain("\u001b");
  });

  test("of a command that is not there is a mistake", async () => {
    const { home } = homeWithModel();
    expect(expectFailure(await home.run(["sessions", "gone", "--help"]), 2)).toContain(
      "unknown command sessions gone",
    );
  });
});
