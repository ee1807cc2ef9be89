/** Against servers that other people wrote, as they are published. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startMcp } from "./harness.ts";
import { serverConfig } from "./servers.ts";

setDefaultTimeout(60_000);

/** The program of a published server. */
const program = (name: string) =>
  fileURLToPath(new URL(`../../node_modules/@modelcontextprotocol/${name}/dist/index.js`, import.meta.url));

describe("published servers", () => {
  test("server-everything: its tools, a result, structured content, progress, and an error", async () => {
    await using mcp = await startMcp([serverConfig("everything", [program("server-everything"), "stdio"])]);
    await mcp.ready("everything");
    expect(mcp.host.tools().length).toBeGreaterThan(8);
    expect(await mcp.call("everything__echo", { message: "hi" })).toMatchObject({ content: "Echo: hi" });
    const weather = await mcp.call("everything__get-structured-content", { location: "Chicago" });
    expect(weather.structured).toHaveProperty("temperature");
    const image = await mcp.call("everything__get-tiny-image");
    expect(image.content).toMatch(/\[image image\/png, \d+ bytes\]/);
    expect(await mcp.call("everything__get-sum", { a: "x" })).toMatchObject({ isError: true });
    const seen: number[] = [];
    const long = mcp.host.tools().find((tool) => tool.name === "trigger-long-running-operation");
    if (!long) throw new Error("no long operation");
    const options = { signal: new AbortController().signal, timeoutMs: 30_000 };
    const outcome = await mcp.host.call(
      long,
      { duration: 0.4, steps: 4 },
      {
        ...options,
        onProgress: ({ progress }) => seen.push(progress),
      },
    );
    expect(outcome.isError).toBe(false);
    expect(seen.length).toBeGreaterThan(1);
  });

  test("server-filesystem: reads a file, and says no outside its folder", async () => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), "mcpchat-test-")));
    await writeFile(join(folder, "note.txt"), "a note");
    {
      await using mcp = await startMcp([serverConfig("files", [program("server-filesystem"), folder])]);
      await mcp.ready("files");
      const path = join(folder, "note.txt");
      expect(await mcp.call("files__read_text_file", { path })).toMatchObject({ content: "a note" });
      expect(await mcp.call("files__read_text_file", { path: "/etc/passwd" })).toMatchObject({
        isError: true,
      });
      expect(mcp.host.tools().find((tool) => tool.name === "read_text_file")?.annotations.readOnlyHint).toBe(
        true,
      );
    }
    await rm(folder, { recursive: true });
  });

  test("server-memory: what is put into its graph is found again, in a file that outlives it", async () => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), "mcpchat-test-")));
    const env = { MEMORY_FILE_PATH: join(folder, "memory.jsonl") };
    const ada = { name: "Ada", entityType: "person", observations: ["wrote the first program"] };
    {
      await using mcp = await startMcp([serverConfig("memory", [program("server-memory")], { env })]);
      await mcp.ready("memory");
      expect(mcp.names()).toContain("memory__create_entities");
      const created = await mcp.call("memory__create_entities", { entities: [ada] });
      expect(created).toMatchObject({ isError: false, structured: { entities: [ada] } });
    }
    {
      await using mcp = await startMcp([serverConfig("memory", [program("server-memory")], { env })]);
      await mcp.ready("memory");
      const found = await mcp.call("memory__search_nodes", { query: "first program" });
      expect(found).toMatchObject({ isError: false, structured: { entities: [ada], relations: [] } });
      const wrong = await mcp.call("memory__create_entities", { entities: [{ name: 7 }] });
      expect(wrong).toMatchObject({ isError: true, content: expect.stringContaining("entityType") });
    }
    await rm(folder, { recursive: true });
  });

  test("server-sequential-thinking: counts the thoughts that it is told, and refuses what is none", async () => {
    const config = serverConfig("thinking", [program("server-sequential-thinking")]);
    await using mcp = await startMcp([config]);
    await mcp.ready("thinking");
    const think = (thoughtNumber: number) =>
      mcp.call("thinking__sequentialthinking", {
        thought: "one step",
        thoughtNumber,
        totalThoughts: 2,
        nextThoughtNeeded: thoughtNumber < 2,
      });
    expect((await think(1)).structured).toMatchObject({ thoughtHistoryLength: 1, nextThoughtNeeded: true });
    expect((await think(2)).structured).toMatchObject({ thoughtHistoryLength: 2, nextThoughtNeeded: false });
    expect(await mcp.call("thinking__sequentialthinking", { thought: "no number" })).toMatchObject({
      isError: true,
    });
  });
});
