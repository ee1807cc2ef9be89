import { describe, expect, test } from "bun:test";
import { createRoots } from "../../src/app/roots.ts";
import { Workspace } from "../config/workspace.ts";

async function rootsOf(toml: string): Promise<readonly string[]> {
  const workspace = new Workspace();
  workspace.writeUser(toml);
  const configuration = await workspace.load();
  const config = { current: () => configuration, onChange: () => () => {}, reload: async () => {} };
  return createRoots({ config: () => config, cwd: "/home/ada/work", home: "/home/ada" }).roots("s");
}

describe("the roots of a server", () => {
  test("are the working folder, where it is a program of this machine", async () => {
    expect(await rootsOf('[mcp.servers.s]\ncommand = "x"\n')).toEqual(["/home/ada/work"]);
  });

  test("are none that tell another machine of this one, unless they are configured", async () => {
    const far = '[mcp.servers.s]\nurl = "https://example.com/mcp"\n';
    expect(await rootsOf(far)).toEqual([]);
    expect(await rootsOf(`${far}transport = "sse"\n`)).toEqual([]);
    expect(await rootsOf(`${far}roots = ["~/a"]\n`)).toEqual(["/home/ada/a"]);
  });
});
