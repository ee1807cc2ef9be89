/** Commands that list something, where there is nobody to be asked. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { Home } from "./harness.ts";

setDefaultTimeout(120_000);

test.each([
  [["servers", "list"]],
  [["tools"]],
  [["tools", "--cost"]],
  [["resources", "list"]],
  [["prompts", "list", "--json"]],
])("%j says so when no server is configured", async (args: string[]) => {
  const home = new Home();
  const { code, stderr } = await home.run(args);
  expect(code).toBe(0);
  expect(stderr).toStartWith("mcpchat: no MCP server is configured; mcpchat servers add NAME");
  home.configure('[mcp.servers.off]\ncommand = "true"\nenabled = false\n');
  const listed =
    args[0] === "servers" ? "" : "mcpchat: every MCP server is disabled; mcpchat servers enable off\n";
  expect((await home.run(args)).stderr).toBe(listed);
});

test("on a terminal the command of a server is cut to its width, and nothing else", async () => {
  const home = new Home();
  const args = JSON.stringify(Array.from({ length: 40 }, (_, index) => `word${index}`));
  home.configure(`[mcp.servers.long]\ncommand = "node"\nargs = ${args}\ntrusted = true\n`);
  const listing = home.terminal([
    "servers",
    "list",
    "--config",
    home.write("c.toml", await Bun.file(home.configFile).text()),
  ]);
  await listing.until(", stdio, trusted, from ");
  expect(await listing.exited).toBe(0);
  expect(listing.output()).toContain("long: enabled, node word0");
  expect(listing.output()).not.toContain("word39");
});
