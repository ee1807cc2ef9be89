/** Which era a server speaks is found out once and remembered in the database, and the user need not know. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { homeWithModel } from "./harness.ts";
import { modelWith } from "./mcp-servers.ts";

setDefaultTimeout(120_000);

const PROGRAM = fileURLToPath(new URL("../fixtures/mcp-servers/eras.mjs", import.meta.url));

/** A home with one server, whose era can be changed between runs. */
function homeWithEra(era: string) {
  const { home } = homeWithModel(modelWith({}));
  const [eraFile, log] = [join(home.folder, "era"), join(home.folder, "methods")];
  home.configure(`[mcp.servers.server]
command = "node"
args = ${JSON.stringify([PROGRAM, `@${eraFile}`])}
env = { METHOD_LOG = ${JSON.stringify(log)} }
connect_timeout = 4
`);
  const become = (next: string) => {
    writeFileSync(eraFile, next);
    writeFileSync(log, "");
  };
  become(era);
  return {
    become,
    methods: () => readFileSync(log, "utf8").split("\n").filter(Boolean),
    run: async (...options: string[]) => {
      const run = await home.run(["-m", "openai/tool-era", "--require", "server", "--yes", ...options, "go"]);
      // On a slow machine that is all right.
      return { ...run, stderr: run.stderr.replace("mcpchat: waiting for server server\n", "") };
    },
  };
}

const starts = (methods: string[]) => methods.filter((method) => method === "start").length;

describe.each([
  ["both", "modern", 1],
  ["modern", "modern", 1],
  ["legacy", "legacy", 1],
  ["leaving", "legacy", 2],
  ["silent", "legacy", 1],
] as const)("a server of the kind %s", (era, spoken, firstStarts) => {
  test("is ready without a word; the next run asks nothing that it need not, nor starts it twice", async () => {
    const server = homeWithEra(era);
    const expected = { code: 0, stdout: `The tool said: ${spoken}\n`, stderr: "" };
    expect(await server.run()).toMatchObject(expected);
    expect(starts(server.methods())).toBe(firstStarts);
    expect(server.methods()).toContain("server/discover");

    server.become(era);
    expect(await server.run()).toMatchObject(expected);
    expect(starts(server.methods())).toBe(1);
    // One of the modern era says by that what it can do now.
    const asks = spoken === "modern" ? 1 : 0;
    expect(server.methods().filter((method) => method === "server/discover")).toHaveLength(asks);
  });
});

test.each([
  ["legacy", "modern", "modern"],
  ["modern", "legacy", "legacy"],
  ["modern", "leaving", "legacy"],
])("a server that was %s and is %s now recovers by itself", async (before, now, spoken) => {
  const server = homeWithEra(before);
  await server.run();
  server.become(now);
  expect(await server.run()).toMatchObject({ code: 0, stdout: `The tool said: ${spoken}\n`, stderr: "" });
  server.become(now);
  await server.run();
  expect(starts(server.methods())).toBe(1);
});
