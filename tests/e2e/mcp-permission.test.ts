/** Without a terminal a call needs leave beforehand: from a flag, from the configuration, or by its harmlessness. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { callsIn, homeWithServers, type RawServer, rawServers } from "./mcp-servers.ts";

setDefaultTimeout(120_000);

interface Tried {
  code: number;
  stderr: string;
  /** What the model was told. */
  told: string;
  /** What the server was asked. */
  called: string[];
}

/** Lets the model call a tool of the server `good`. */
async function attempt(
  tool: string,
  options: string[],
  server: Partial<RawServer> = {},
  toml = "",
): Promise<Tried> {
  const { home, model } = homeWithServers({}, { key: "k", message: "hello" });
  const log = `${home.folder}/calls`;
  home.configure(toml + rawServers(home, { good: { mode: "good", env: { CALL_LOG: log }, ...server } }));
  const { code, stderr } = await home.run(["-m", `anthropic/tool-${tool}`, ...options, "go"]);
  return { code, stderr, told: model.requests.at(-1)?.toolResults.join() ?? "", called: callsIn(log) };
}

describe("denied", () => {
  const words = "nothing allows it; use --allow 'good/echo' or --yes";

  test("what nothing allows: the model and stderr are told how to allow it, and the run succeeds", async () => {
    expect(await attempt("echo", [])).toEqual({
      code: 0,
      stderr: `mcpchat: good/echo was denied: ${words}\n`,
      told: `This call was denied: ${words}.`,
      called: [],
    });
  });

  test("with --strict the run ends with 7", async () => {
    expect(await attempt("echo", ["--strict"])).toMatchObject({ code: 7, called: [] });
    expect(await attempt("echo", ["--strict", "--yes"])).toMatchObject({ code: 0, called: ["echo"] });
  });

  test.each([
    [["--allow", "good/*", "--deny", "good/echo"]],
    [["--yes", "--deny", "echo"]],
    [["--yes", "--deny", "*/ec*"]],
  ])("%j: deny wins", async (options) => {
    const { told, called } = await attempt("echo", options);
    expect(told).toBe("This call was denied: a deny rule forbids it.");
    expect(called).toEqual([]);
  });

  test("a deny rule of the configuration wins over --yes", async () => {
    expect((await attempt("echo", ["--yes"], {}, '[tools]\ndeny = ["good/*"]\n')).called).toEqual([]);
  });

  test.each([[["--allow", "other/*"]], [["--allow", "ech"]], [["--allow", "good/ech"]]])(
    "%j is about other tools",
    async (options) => {
      expect((await attempt("echo", options)).called).toEqual([]);
    },
  );
});

describe("allowed", () => {
  test.each([[["--yes"]], [["--allow", "good/echo"]], [["--allow", "good/e*"]], [["--allow", "e?ho"]]])(
    "by %j",
    async (options) => {
      expect(await attempt("echo", options)).toEqual({
        code: 0,
        stderr: "",
        told: "hello",
        called: ["echo"],
      });
    },
  );

  test("by tools.allow of the configuration", async () => {
    expect((await attempt("echo", [], {}, '[tools]\nallow = ["good/echo"]\n')).called).toEqual(["echo"]);
  });

  test("by tools.allow of its server, which offers nothing else then", async () => {
    expect((await attempt("echo", [], { more: 'tools = { allow = ["e*"] }' })).called).toEqual(["echo"]);
  });

  test("a readOnlyHint counts for a trusted server only", async () => {
    expect((await attempt("lookup", [], { more: "trusted = true" })).told).toBe("lookup k");
    expect((await attempt("lookup", [])).called).toEqual([]);
    expect((await attempt("write", [], { more: "trusted = true" })).called).toEqual([]);
  });
});
