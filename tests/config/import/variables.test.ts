// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are variables of the configuration.
import { expect, test } from "bun:test";
import { serversOfVariables } from "../../../src/config/import/variables.ts";

test.each([
  ["FILES_MCP_SERVER", "npx -y server /tmp", { command: "npx", args: ["-y", "server", "/tmp"] }],
  [
    "FILES_MCP_SERVER",
    `run "a b" 'c "d"' e\\ f "g\\"h" i"j"k`,
    { command: "run", args: ["a b", 'c "d"', "e f", 'g"h', "ijk"] },
  ],
  ["FILES_MCP_SERVER", "run ${HOME} ${1}", { command: "run", args: ["${HOME}", "$${1}"] }],
  ["FILES_MCP_SERVER", "https://h/mcp?a=b", { url: "https://h/mcp?a=b" }],
  ["FILES_SERVER_URL", " http://h:1/ ", { url: "http://h:1/" }],
  ["FILES_SERVER_URL", "npx", undefined],
  ["FILES_MCP_SERVER", "", undefined],
  ["FILES_MCP_SERVER_X", "npx", undefined],
  ["_MCP_SERVER", "npx", undefined],
])("%s=%s", (variable, value, server) => {
  const found = serversOfVariables({ [variable]: value });
  expect(found).toEqual(server ? [{ name: "files", variable, server }] : []);
});
