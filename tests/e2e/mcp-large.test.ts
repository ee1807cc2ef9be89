/** A result of 50 MB goes through the whole program: what the model and the store get of it is cut. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { homeWithServers } from "./mcp-servers.ts";

setDefaultTimeout(120_000);

/** Of the database, with its log. */
function storedBytes(databaseFile: string): number {
  const folder = dirname(databaseFile);
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

test("a result of 50 MB is cut for the model, the store and the reader of events, and says so", async () => {
  const { home, model } = homeWithServers({ large: { mode: "huge 50000000" } });
  const run = await home.run(["-m", "openai/tool-echo", "--yes", "-o", "ndjson", "go"]);
  expect([run.code, run.stderr]).toEqual([0, ""]);
  const [result = ""] = model.requests[1]?.toolResults ?? [];
  expect(result).toEndWith("x\n[49800000 more characters left out]");
  expect(model.requests[1]?.bytes).toBeLessThan(300_000);
  expect(run.stdout.length).toBeLessThan(1_000_000);
  expect(storedBytes(home.databaseFile)).toBeLessThan(3_000_000);
});

test("a result above the cap ends the session with the server in one clear line, and the next one begins", async () => {
  const { home, model } = homeWithServers({ large: { mode: "huge 70000000" } });
  const run = await home.run(["-m", "openai/tool-echo", "--yes", "go"]);
  expect(run.code).toBe(0);
  const [result = ""] = model.requests[1]?.toolResults ?? [];
  expect(result).toContain("Server large crashed (the server sent a line of more than 67108864 bytes)");
  expect(result).toContain("Its outcome is unknown");
  const called = await home.run(["call", "large", "echo"]);
  expect([called.code, called.stdout]).toEqual([7, ""]);
  expect(called.stderr).toContain("the server sent a line of more than 67108864 bytes");
});
