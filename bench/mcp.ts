/**
 * MCP servers: calls per second through mcpchat against the bare SDK, results of many megabytes, and the start with ten
 * slow servers.
 *
 *   bun bench/mcp.ts [calls|large|start] [ROUNDS]        (for `start` dist/mcpchat must be built, or MCPCHAT_EXECUTABLE name another)
 */
import { join } from "node:path";
import {
  type BenchClient,
  type BenchServer,
  openBare,
  openFirstLine,
  openHost,
  openOurs,
} from "./mcp-clients.ts";
import { median } from "./program.ts";

const ROOT = join(import.meta.dir, "..");
const RAW = join(ROOT, "tests/fixtures/mcp-servers/raw.mjs");
const EVERYTHING = join(ROOT, "node_modules/@modelcontextprotocol/server-everything/dist/index.js");
/** The mark of this project: so much of the bare SDK's calls per second. */
const MARK = 0.8;
const CALLS = 1000;
/** Short enough for the machine's better and worse moments to meet all clients. */
const BATCH = 50;

const SERVERS: BenchServer[] = [
  { name: "raw", args: [RAW, "good"], tool: "echo", arguments: { message: "hello" } },
  { name: "everything", args: [EVERYTHING], tool: "echo", arguments: { message: "hello" } },
];

async function printCalls(server: BenchServer, rounds: number): Promise<void> {
  const clients = await Promise.all(
    [openBare, openOurs, openHost, openFirstLine].map((open) => open(server)),
  );
  try {
    // The code is warm for all of them before anything counts.
    await callsPerSecond(clients);
    const speeds = clients.map((): number[] => []);
    for (let round = 0; round < rounds; round++) {
      for (const [index, speed] of (await callsPerSecond(clients)).entries()) speeds[index]?.push(speed);
    }
    const [bare = []] = speeds;
    console.log(`${CALLS} calls one after the other, server ${server.name} (medians of ${rounds})`);
    for (const [index, { name }] of clients.entries()) {
      const own = speeds[index] ?? [];
      const ratio = medianOf(own.map((speed, round) => speed / (bare[round] ?? Number.NaN)));
      const verdict = name.startsWith("mcpchat")
        ? ` (mark: ${MARK}) ${ratio >= MARK ? "met" : "MISSED"}`
        : "";
      console.log(
        `  ${name.padEnd(22)} ${medianOf(own).toFixed(0).padStart(6)}/s  ratio ${ratio.toFixed(2)}${verdict}`,
      );
    }
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
}

/** Calls per second of each, made by turns in batches. */
async function callsPerSecond(clients: readonly BenchClient[]): Promise<number[]> {
  const spent = clients.map(() => 0);
  for (let done = 0; done < CALLS; done += BATCH) {
    for (const [index, client] of clients.entries()) {
      const startedAt = performance.now();
      for (let call = 0; call < BATCH; call++) await client.call();
      spent[index] = (spent[index] ?? 0) + performance.now() - startedAt;
    }
  }
  return spent.map((ms) => (CALLS / ms) * 1000);
}

function medianOf(values: readonly number[]): number {
  return median(values.toSorted((a, b) => a - b));
}

const rounds = Number(process.argv[3] ?? 7);
for (const server of SERVERS) await printCalls(server, rounds);
