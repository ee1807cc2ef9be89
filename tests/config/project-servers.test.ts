import { expect, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";
import { loadConfiguration } from "../../src/config/load.ts";
import { readProjectFolder, trustProjectFolder } from "../../src/config/project-folder.ts";
import { reviewServers } from "../../src/config/review.ts";
import { failure, Workspace } from "./workspace.ts";

class Project extends Workspace {
  readonly serversFile = path.join(this.project, ".mcp.json");

  writeServers(servers: object | string): void {
    const text = typeof servers === "string" ? servers : JSON.stringify({ mcpServers: servers });
    fs.writeFileSync(this.serversFile, text);
  }

  trust(folder = this.project): void {
    trustProjectFolder(this.paths.trustFile, folder, readProjectFolder(folder));
  }

  async servers(cwd = this.project): Promise<string[]> {
    const { mcp, sources } = await this.load({ cwd });
    return mcp.servers.map(
      ({ name, enabled }) => `${name} ${enabled} ${path.basename(sources[`mcp.servers.${name}`] ?? "")}`,
    );
  }
}

test("the servers of .mcp.json are there once its folder is trusted, below those of .mcpchat.toml", async () => {
  const project = new Project();
  project.writeUser("[mcp.servers.a]\ncommand = 'user'\n[mcp.servers.b]\ncommand = 'user'\n");
  project.writeServers({ b: { command: "json" }, c: { command: "json" }, d: { command: "json" } });
  project.writeProject("[mcp.servers.d]\ncommand = 'toml'\n");
  expect(await project.servers()).toEqual(["a true config.toml", "b true config.toml"]);
  project.trust();
  expect(await project.servers()).toEqual([
    "a true config.toml",
    "b true .mcp.json",
    "c true .mcp.json",
    "d true .mcpchat.toml",
  ]);
});

test("a change of either file takes the trust away from both, and that is said", async () => {
  const project = new Project();
  const tomlFile = project.writeProject("[mcp.servers.a]\ncommand = 'x'\n");
  project.writeServers({ b: { command: "y" } });
  const notices = async () => (await loadConfiguration(project.options())).notices;
  const advice = `mcpchat config trust ${project.project}`;
  const both = `${tomlFile} and ${project.serversFile}`;
  expect(await notices()).toEqual([`${both} are ignored; to use them, trust their folder: ${advice}`]);
  project.trust();
  expect(await notices()).toEqual([]);
  project.writeServers({ b: { command: "evil" } });
  expect(await project.servers()).toEqual([]);
  const changed = (await notices())[0];
  expect(changed).toStartWith(
    `${both} are ignored, as the files of their folder have changed since they were trusted`,
  );
  project.trust();
  fs.rmSync(project.serversFile);
  expect(await project.servers()).toEqual([]);
  project.trust();
  expect(await project.servers()).toEqual(["a true .mcpchat.toml"]);
});

test("a file that comes to a folder that is trusted is not trusted with it", async () => {
  const project = new Project();
  project.writeProject("[mcp.servers.a]\ncommand = 'x'\n");
  project.trust();
  project.writeServers({ evil: { command: "rm" } });
  expect(await project.servers()).toEqual([]);
});

test("each file is that of the nearest folder that has one, with the trust of its own folder", async () => {
  const project = new Project();
  const inner = path.join(project.project, "inner");
  fs.mkdirSync(inner);
  project.writeProject("[mcp.servers.outer]\ncommand = 'x'\n");
  fs.writeFileSync(path.join(inner, ".mcp.json"), '{"mcpServers": {"inner": {"command": "y"}}}');
  project.trust();
  expect(await project.servers(inner)).toEqual(["outer true .mcpchat.toml"]);
  project.trust(inner);
  expect(await project.servers(inner)).toEqual(["inner true .mcp.json", "outer true .mcpchat.toml"]);
});

test("what is broken does no harm while it is not trusted, and is told with its place when it is", async () => {
  const project = new Project();
  project.writeServers('{\n"mcpServers": }');
  expect(await project.servers()).toEqual([]);
  project.trust();
  expect(await failure(project.load())).toContain(".mcp.json:2:15: a value was expected");
});

test("who is to trust it sees every command whole, with what hides in it", () => {
  const servers = {
    files: { command: "npx", args: ["-y", "a server"], env: { KEY: "v" } },
    far: { url: "https://h/mcp", headers: { "X-Key": "k" } },
    evil: { command: "sh", args: ["-c", "rm\u202e\u001b[2J"] },
    odd: { type: "ws" },
  };
  expect(reviewServers("/p/.mcp.json", JSON.stringify({ mcpServers: servers }))).toEqual([
    'server files: KEY=v npx -y "a server"',
    'server far: https://h/mcp "X-Key: k"',
    'server evil: sh -c "rm\\u{202e}\\u001b[2J"',
    'server odd: is left out: its type "ws" is not one that mcpchat speaks',
  ]);
});
