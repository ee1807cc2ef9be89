/** Servers of either era, those that suffer no question, and those that change from one run to the next. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { EraMemory, RememberedEra } from "../../../src/mcp/client/session/eras.ts";
import { temporaryFolder } from "../../fixtures/temporary-folder.ts";
import { startMcp } from "../harness.ts";
import { eventually, serverConfig } from "../servers.ts";

setDefaultTimeout(60_000);

const PROGRAM = fileURLToPath(new URL("../../fixtures/mcp-servers/eras.mjs", import.meta.url));

/** A server whose era can be changed between runs, with a memory that outlives them. */
function serverOf(era: string) {
  const folder = temporaryFolder();
  const [eraFile, log] = [join(folder, "era"), join(folder, "methods")];
  const remembered = new Map<string, RememberedEra>();
  const eras: EraMemory = {
    get: (key) => remembered.get(key),
    put: (key, value) => void (value ? remembered.set(key, value) : remembered.delete(key)),
  };
  const become = (next: string) => {
    writeFileSync(eraFile, next);
    writeFileSync(log, "");
  };
  become(era);
  // The wait for a server that is silent is half of this.
  const changes = { connectTimeoutMs: 2000, env: { METHOD_LOG: log } };
  const config = serverConfig("server", [PROGRAM, `@${eraFile}`], changes);
  return {
    become,
    methods: () => readFileSync(log, "utf8").split("\n").filter(Boolean),
    starts() {
      return this.methods().filter((method) => method === "start").length;
    },
    known: () => [...remembered.values()].map(({ era: { kind } }) => kind),
    start: () => startMcp([config], { eras }),
  };
}

/** Runs it once: what it says of the era that it was asked in, and what a person was told. */
async function run(server: ReturnType<typeof serverOf>) {
  await using mcp = await server.start();
  await mcp.ready("server");
  const { content } = await mcp.call("server__era");
  return { content, notices: mcp.notices, protocol: mcp.status("server").protocol };
}

const AS_LEGACY = { content: "legacy" as const, notices: [], protocol: "2025-11-25" };
const AS_MODERN = { content: "modern" as const, notices: [], protocol: "2026-07-28" };

describe.each([
  ["both", AS_MODERN, 1],
  ["modern", AS_MODERN, 1],
  ["terse", AS_MODERN, 1],
  ["legacy", AS_LEGACY, 1],
  ["leaving", AS_LEGACY, 2],
  ["silent", AS_LEGACY, 1],
] as const)("a server of the kind %s", (era, expected, starts) => {
  test("is ready without a word, and the next run asks nothing that it need not, nor starts it twice", async () => {
    const server = serverOf(era);
    expect(await run(server)).toEqual(expected);
    expect(server.starts()).toBe(starts);
    expect(server.methods()).toContain("server/discover");
    expect(server.known()).toEqual([expected.content]);

    server.become(era);
    expect(await run(server)).toEqual(expected);
    expect(server.starts()).toBe(1);
    // One of the modern era says by that what it can do now.
    const asks = expected.content === "modern" ? 1 : 0;
    expect(server.methods().filter((method) => method === "server/discover")).toHaveLength(asks);
  });
});

describe("a server that was another one in the last run", () => {
  test.each([
    ["legacy", "modern", AS_MODERN],
    ["modern", "legacy", AS_LEGACY],
    ["modern", "leaving", AS_LEGACY],
    ["both", "silent", AS_LEGACY],
  ] as const)("%s, now %s, recovers by itself", async (before, now, expected) => {
    const server = serverOf(before);
    await run(server);
    server.become(now);
    expect(await run(server)).toEqual(expected);
    expect(server.known()).toEqual([expected.content]);
    server.become(now);
    await run(server);
    expect(server.starts()).toBe(1);
  });
});

test("a modern server that had no tools in the last run has those that it has now", async () => {
  const server = serverOf("bare");
  const first = await server.start();
  await first.ready("server");
  expect(first.names()).toEqual([]);
  await first[Symbol.asyncDispose]();
  expect(server.known()).toEqual(["modern"]);
  server.become("modern");
  expect(await run(server)).toEqual(AS_MODERN);
});

test("a modern server that is gone is not ready, whatever is remembered of it", async () => {
  const server = serverOf("bare");
  const first = await server.start();
  await first.ready("server");
  await first[Symbol.asyncDispose]();
  server.become("dead");
  await using mcp = await server.start();
  await eventually(
    "the failure",
    () => mcp.status("server").state === "restarting" || mcp.status("server").state === "failed",
  );
});

test("a modern server tells of a change to whoever listens", async () => {
  const server = serverOf("modern");
  await using mcp = await server.start();
  await mcp.ready("server");
  await eventually("the subscription", () => server.methods().includes("subscriptions/listen"));
  await mcp.call("server__grow");
  await eventually("the new tool", () => mcp.names().includes("server__grown3"));
});

test("a modern server that starts slowly is asked patiently once it has refused to be an older one", async () => {
  // No process answers within a millisecond.
  const config = serverConfig("server", [PROGRAM, "modern"]);
  await using mcp = await startMcp([config], { probeMs: 1 });
  await mcp.ready("server");
  expect(mcp.status("server").protocol).toBe("2026-07-28");
  expect(mcp.events.filter(({ type }) => type === "restart_scheduled")).toHaveLength(2);
});
