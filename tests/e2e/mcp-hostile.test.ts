/** Names, descriptions and results of a hostile server reach no terminal as they are. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { calls, says } from "../fixtures/model-server/script.ts";
import { homeWithModel } from "./harness.ts";
import { rawServers } from "./mcp-servers.ts";

setDefaultTimeout(120_000);

/** Everything that a terminal would obey, reorder by or not show, but newlines. */
const DANGEROUS = /[[\p{Cc}\p{Cf}]--\n]/v;

/** A model that calls the tool whose name holds an escape sequence, and says the result as it is. */
function hostileHome() {
  const made = homeWithModel(({ tools, toolResults }) => {
    if (toolResults.length > 0) return says(`\u001b]0;title\u0007${toolResults.join()}\u001b[2J done`);
    const name = tools.find((tool) => tool.includes("evil"));
    return calls({ name: name ?? "none", arguments: { path: "\u001b[31mred\u202e" } });
  });
  made.home.configure(rawServers(made.home, { bad: { mode: "hostile" } }));
  return made;
}

describe("a hostile server", () => {
  test.each([
    ["told in full", ["-v", "--yes"]],
    ["told in full as JSON lines", ["-v", "--yes", "-o", "ndjson"]],
    ["denied", ["-v"]],
    ["as JSON", ["--yes", "--json"]],
  ])("%s: stdout and stderr are harmless", async (_what, options) => {
    const { home, model } = hostileHome();
    const run = await home.run(["-m", "openai/any", ...options, "go"]);
    expect(run.code).toBe(0);
    expect(run.stdout).not.toMatch(DANGEROUS);
    expect(run.stderr).not.toMatch(DANGEROUS);
    expect(model.requests).toHaveLength(2);
    for (const name of model.requests[0]?.tools ?? []) expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
  });

  test("the model sees what was hidden", async () => {
    const { home, model } = hostileHome();
    await home.run(["-m", "openai/any", "--yes", "go"]);
    expect(model.requests[1]?.toolResults.join()).not.toMatch(DANGEROUS);
    expect(model.requests[1]?.toolResults.join()).toContain("red");
  });

  test("its tools are listed harmlessly", async () => {
    const { home } = hostileHome();
    const list = await home.run(["tools"]);
    expect(list.code).toBe(0);
    expect(list.stdout).toContain("bad/evil name");
    expect(list.stdout + list.stderr).not.toMatch(DANGEROUS);
    const json = await home.run(["tools", "--json"]);
    expect(json.stdout).not.toMatch(DANGEROUS);
  });

  test("a call prints its result harmlessly", async () => {
    const { home } = hostileHome();
    const run = await home.run(["call", "bad", "twice"]);
    expect(run.stdout).toBe("red  and  nothing\n");
    const raw = await home.run(["call", "bad", "twice", "--raw"]);
    expect(raw.stdout).toContain("red \u001b[31m and \u200b nothing");
    const unknown = await home.run(["call", "bad", "\u001b[31mevil"]);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).not.toMatch(DANGEROUS);
  });

  test("the last words of a server that dies are harmless", async () => {
    const { home } = homeWithModel();
    home.configure(rawServers(home, { dying: { mode: "dying" } }));
    const run = await home.run(["-m", "openai/hello", "--json", "--require", "dying", "--wait", "2", "hi"]);
    expect(run.stderr).toContain("cannot read the settings");
    expect(run.stdout + run.stderr).not.toMatch(DANGEROUS);
  });
});
