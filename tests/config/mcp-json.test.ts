// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are variables of the configuration.
import { describe, expect, test } from "bun:test";
import { projectServersTree, serversOfJson } from "../../src/config/mcp-json.ts";

function read(servers: object, folder?: string) {
  return serversOfJson("file", JSON.stringify({ mcpServers: servers }), folder);
}

/** What becomes of one server. */
function one(entry: unknown, folder?: string) {
  return read({ x: entry }, folder)[0];
}

describe("a server of another program", () => {
  test.each([
    [
      { command: "npx", args: ["-y"], env: { A: "b" } },
      { command: "npx", args: ["-y"], env: { A: "b" } },
    ],
    [
      { type: "stdio", command: "npx", env: { PORT: 8080, ON: true, NO: null } },
      { command: "npx", env: { PORT: "8080", ON: "true" } },
    ],
    [
      { command: "npx", cwd: "/x", disabled: true },
      { command: "npx", cwd: "/x", enabled: false },
    ],
    [
      { url: "https://h/mcp", headers: { A: "b" } },
      { url: "https://h/mcp", headers: { A: "b" } },
    ],
    [{ type: "http", url: "https://h/mcp" }, { url: "https://h/mcp" }],
    [{ type: "streamableHttp", url: "https://h/mcp" }, { url: "https://h/mcp" }],
    [
      { type: "sse", url: "https://h/sse" },
      { url: "https://h/sse", transport: "sse" },
    ],
    [{ serverUrl: "https://h/mcp" }, { url: "https://h/mcp" }],
  ])("%j", (entry, server) => {
    expect<unknown>(one(entry)).toEqual({ name: "x", server, notes: [] });
  });

  test.each([
    [{ type: "ws", url: "ws://h" }, 'its type "ws" is not one that mcpchat speaks'],
    [{ type: "http" }, "it has no url"],
    [{}, "it has no command"],
    ["npx", "it has no command"],
    [{ command: ["npx"] }, "it has no command"],
    [{ command: "npx", args: "-y" }, "its args are not a list of texts"],
    [{ command: "npx", env: { A: {} } }, "its env is not a table of texts"],
    [{ url: "http://h", headers: ["A"] }, "its headers are not a table of texts"],
    [{ command: "npx", args: ["${command:pick}"] }, "it has ${command:pick}, which means nothing here"],
    [{ command: "npx", args: ["${workspaceFolder}"] }, "it has ${workspaceFolder}, which means nothing here"],
  ])("%j cannot be taken", (entry, problem) => {
    expect(one(entry)).toEqual({ name: "x", problem, notes: [] });
  });

  test("has its variables written as they are here", () => {
    const args = [
      "${env:A_B}",
      "${C}",
      "${D:-e}",
      "${userHome}/f",
      "${workspaceFolder}/g",
      "$H",
      "${",
      "$${i}",
      "${1x}",
    ];
    expect(one({ command: "npx", args: args.slice(0, -1) }, "/project")?.server?.args).toEqual([
      "${A_B}",
      "${C}",
      "${D:-e}",
      "${HOME}/f",
      "/project/g",
      "$H",
      "$${",
      "$${i}",
    ]);
    expect(one({ command: "npx", args })?.problem).toBeDefined();
    expect(one({ command: "npx", env: { KEY: "${input:api-key}" } })).toEqual({
      name: "x",
      server: { command: "npx", env: { KEY: "${API_KEY}" } },
      notes: ["${input:api-key} is asked for there; set the variable API_KEY instead"],
    });
  });

  test("has a name that fits here, and that no other has", () => {
    const named = read({
      "my files": { command: "a" },
      "my  files": { command: "b" },
      äö: { command: "c" },
      ok: { command: "d" },
    });
    expect(named.map(({ name }) => name)).toEqual(["my-files", "my-files-2", "server", "ok"]);
    expect(named[0]?.notes).toEqual(['it is called "my files" there']);
  });
});

test("VS Code's tables are read, with comments", () => {
  const text = '{ // mine\n "servers": { "x": { "command": "y", }, }, "inputs": [] }';
  expect(serversOfJson("file", text)).toMatchObject([{ name: "x", server: { command: "y" } }]);
  expect(serversOfJson("file", '{"mcp": {"servers": {"x": {"command": "y"}}}}')).toHaveLength(1);
  expect(serversOfJson("file", "[]")).toEqual([]);
});

test("bad JSON is told with its place", () => {
  expect(() => serversOfJson("/a/.mcp.json", '{\n "mcpServers": {')).toThrow(
    "/a/.mcp.json:2:17: a name in quotes",
  );
});

test("of a project's file, what lacks a variable is switched off, and what makes no sense is told", () => {
  const servers = { a: { command: "x", args: ["${NOWHERE}"] }, b: { command: "y" }, c: { type: "ws" } };
  expect(projectServersTree("/p/.mcp.json", JSON.stringify({ mcpServers: servers }), {})).toEqual({
    tree: {
      mcp: { servers: { a: { command: "x", args: ["${NOWHERE}"], enabled: false }, b: { command: "y" } } },
    },
    notices: ['/p/.mcp.json: server c is left out: its type "ws" is not one that mcpchat speaks'],
  });
});
