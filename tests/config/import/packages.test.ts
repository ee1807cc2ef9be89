import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { installedServers } from "../../../src/config/import/packages.ts";
import { temporaryFolder } from "../../fixtures/temporary-folder.ts";

function put(folder: string, name: string, description: object | string): void {
  const file = join(folder, "node_modules", name, "package.json");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(
    file,
    typeof description === "string" ? description : JSON.stringify({ name, ...description }),
  );
}

test("servers are found by what their packages say of themselves, here and beside node", () => {
  const folder = temporaryFolder();
  const project = join(folder, "project");
  mkdirSync(join(project, "deep"), { recursive: true });
  put(project, "@modelcontextprotocol/server-everything", {
    version: "1.0.0",
    bin: { "mcp-server-everything": "dist/index.js" },
  });
  put(project, "weather-mcp-server", { keywords: ["mcp-server"], bin: "run.mjs" });
  put(project, "with-name", { mcpName: "io.example/with", bin: { other: "o.js", "with-name": "w.js" } });
  put(project, "no-program", { keywords: ["mcp-server"] });
  put(project, "nothing", { bin: "x.js" });
  put(project, "broken", "{");
  put(project, "list", "[]");
  put(join(folder, "lib"), "global-mcp", { keywords: ["mcp-server"], bin: "g.js" });
  put(join(folder, "lib"), "weather-mcp-server", { keywords: ["mcp-server"], bin: "other.js" });
  const found = installedServers({
    env: { PATH: join(folder, "bin") },
    platform: "linux",
    cwd: join(project, "deep"),
  });
  expect(found.map(({ name, title, server }) => [name, title, server.command, server.args?.[0]])).toEqual([
    [
      "everything",
      "@modelcontextprotocol/server-everything 1.0.0",
      "node",
      join(project, "node_modules/@modelcontextprotocol/server-everything/dist/index.js"),
    ],
    ["weather", "weather-mcp-server", "node", join(project, "node_modules/weather-mcp-server/run.mjs")],
    ["with-name", "with-name", "node", join(project, "node_modules/with-name/w.js")],
    ["global", "global-mcp", "node", join(folder, "lib/node_modules/global-mcp/g.js")],
  ]);
});
