/** What `servers add` refuses, and what it says of a file that is wrong elsewhere. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { expectFailure } from "./complaint.ts";
import { Home } from "./harness.ts";

setDefaultTimeout(120_000);

test.each([
  [["ftp://x/y"], "ftp://x/y is no address for a server; use one that begins with http:// or https://"],
  [["http://"], "http:// is no address; mcpchat servers add NAME"],
  [["http://x/y", "--header", "A: b\nc: d"], "--header A has a line break; a header is one line"],
])("%j is refused, and nothing is written", async (words, line) => {
  const home = new Home();
  expect(expectFailure(await home.run(["servers", "add", "ev", ...words]), 2)).toContain(line);
  expect(existsSync(home.configFile)).toBe(false);
});

test("a header with a line break in the configuration is told with its key", async () => {
  const home = new Home();
  home.configure('[mcp.servers.x]\nurl = "http://127.0.0.1:1/"\nheaders = { A = "b\\nc: d" }\n');
  expect(expectFailure(await home.run(["tools"]), 3)).toContain(
    "mcp.servers.x.headers.A: should be one line",
  );
});

test("a mistake elsewhere in the file is told of", async () => {
  const home = new Home();
  home.configure("[chat]\nmax_turns = true\n");
  const { code, stdout, stderr } = await home.run(["servers", "add", "x", "--", "npx"]);
  expect(code).toBe(0);
  expect(stdout).toStartWith("added to ");
  expect(stderr).toStartWith("mcpchat: the file cannot be used before this is mended: ");
  expect(stderr).toContain("chat.max_turns: ");
});
