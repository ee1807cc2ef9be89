/**
 * MCP servers: calls per second through mcpchat against the bare SDK, results of many megabytes, and the start with ten
 * slow servers.
 *
 *   bun bench/mcp.ts [calls|large|start|all] [ROUNDS]
 *
 * For `start` dist/mcpchat must be built, or MCPCHAT_EXECUTABLE name another.
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
import { openBenchHome, readyMs, TEN_SLOW } from "./mcp-start.ts";
import { median } from "./program.ts";

const ROOT = join(import.meta.dir, "..");
const RAW = join(ROOT, "tests/fixtures/mcp-servers/raw.mjs");
const EVERYTHING = join(ROOT, "node_modules/@modelcontextprotocol/server-everything/dist/index.js");
/** The mark of this project: so much of the bare SDK's calls per second. */
const MARK = 0.8;
const CALLS = 1000;
const BATCH = 25;

const SERVERS: BenchServer[] = [
  { name: "raw", args: [RAW, "good"], tool: "echo", arguments: { message: "hello" } },
  { name: "everything", args: [EVERYTHING], tool: "echo", arguments: { message: "hello" } },
];

/** The published server over streamable HTTP, on a port that was free a moment ago. */
async function withHttpServer(work: (server: BenchServer) => Promise<void>): Promise<void> {
  const reserved = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = reserved;
  reserved.stop(true);
  const child = Bun.spawn(["node", EVERYTHING, "streamableHttp"], {
    env: { PATH: process.env.PATH ?? "/usr/bin:/bin", PORT: String(port) },
    stdio: ["ignore", "ignore", "pipe"],
  });
  try {
    await listening(child.stderr);
    const url = `http://127.0.0.1:${port}/mcp`;
    await work({ name: "http", args: [], url, tool: "echo", arguments: { message: "hello" } });
  } finally {
    child.kill();
    await child.exited;
  }
}

/** Resolves when the server says that it listens; what it says later is read and dropped, or it would block. */
function listening(stderr: ReadableStream<Uint8Array>): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const read = async () => {
    let told = "";
    for await (const chunk of stderr) {
      told = (told + new TextDecoder().decode(chunk)).slice(-1000);
      if (told.includes("listening")) resolve();
    }
    reject(new Error(`the server has ended: ${told}`));
  };
  void read();
  return promise;
}

async function printCalls(server: BenchServer, rounds: number): Promise<void> {
  const speeds = new Map<string, number[]>();
  // With new processes each time: which of two alike is the faster one is a matter of luck, and stays so (measured).
  for (let round = 0; round < rounds; round++) {
    for (const [name, speed] of await speedsInRound(server, round)) {
      speeds.set(name, [...(speeds.get(name) ?? []), speed]);
    }
  }
  const [bare = []] = speeds.values();
  console.log(`${CALLS} calls one after the other, server ${server.name} (medians of ${rounds})`);
  for (const [name, own] of speeds) {
    const ratio = medianOf(own.map((speed, round) => speed / (bare[round] ?? Number.NaN)));
    const verdict = name.startsWith("mcpchat") ? ` (mark: ${MARK}) ${ratio >= MARK ? "met" : "MISSED"}` : "";
    console.log(
      `  ${name.padEnd(22)} ${medianOf(own).toFixed(0).padStart(6)}/s  ratio ${ratio.toFixed(2)}${verdict}`,
    );
  }
}

/** Calls per second of each client, the bare one first. */
async function speedsInRound(server: BenchServer, round: number): Promise<[name: string, speed: number][]> {
  const clients: BenchClient[] = [];
  try {
    for (const open of [openBare, openOurs, openHost, openFirstLine]) clients.push(await open(server));
    // The code is warm on both sides before anything counts.
    await speedsByTurns(clients, round);
    const speeds = await speedsByTurns(clients, round);
    return clients.map(({ name }, index) => [name, medianOf(speeds[index] ?? [])]);
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
}

/** In short turns, each beginning with another client, so that the machine's other work meets all of them. */
async function speedsByTurns(clients: readonly BenchClient[], round: number): Promise<number[][]> {
  const speeds = clients.map((): number[] => []);
  for (let turn = 0; turn < CALLS / BATCH; turn++) {
    for (let at = 0; at < clients.length; at++) {
      const index = (round + turn + at) % clients.length;
      const startedAt = performance.now();
      for (let call = 0; call < BATCH; call++) await clients[index]?.call();
      speeds[index]?.push((BATCH / (performance.now() - startedAt)) * 1000);
    }
  }
  return speeds;
}

function medianOf(values: readonly number[]): number {
  return median(values.toSorted((a, b) => a - b));
}

interface LargeResult {
  ms: number;
  before?: number;
  peak?: number;
}

/** Each in a process of its own, as memory that was taken once is not given back. */
async function printLarge(rounds: number): Promise<void> {
  const sizes = [10_000_000, 50_000_000];
  const clients = { bare: "the bare SDK", ours: "mcpchat's connection", host: "mcpchat's branch" };
  const results = new Map<string, LargeResult[]>();
  for (let round = 0; round < rounds; round++) {
    for (const size of sizes) {
      for (const client of Object.keys(clients)) {
        const key = `${client} ${size}`;
        results.set(key, [...(results.get(key) ?? []), await largeResult(client, size)]);
      }
    }
  }
  console.log(`One result of many megabytes (medians of ${rounds})`);
  for (const [client, name] of Object.entries(clients)) {
    const cells = sizes.map((size) => {
      const own = results.get(`${client} ${size}`) ?? [];
      const peak = medianOf(own.map((result) => result.peak ?? Number.NaN));
      return { ms: medianOf(own.map(({ ms }) => ms)), text: `${(peak / 1e6).toFixed(0)} MB at its peak` };
    });
    const [small, large] = cells;
    const line = cells.map(
      ({ ms, text }, at) => `${(sizes[at] ?? 0) / 1e6} MB: ${ms.toFixed(0)} ms, ${text}`,
    );
    const times = ((large?.ms ?? Number.NaN) / (small?.ms ?? Number.NaN)).toFixed(1);
    console.log(`  ${name.padEnd(22)} ${line.join("; ")}; five times the size takes ${times} times as long`);
  }
}

async function largeResult(client: string, bytes: number): Promise<LargeResult> {
  const program = join(import.meta.dir, "mcp-large.ts");
  const child = Bun.spawn([process.execPath, program, client, String(bytes)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const text = await child.stdout.text();
  if ((await child.exited) !== 0) throw new Error(`${client} failed with ${bytes} bytes`);
  return JSON.parse(text) as LargeResult; // What mcp-large.ts prints.
}

async function printStart(rounds: number): Promise<void> {
  const none = openBenchHome({});
  const prompts: Record<string, number[]> = { none: [], unknown: [], known: [] };
  const answers: Record<string, number[]> = { none: [], unknown: [], known: [], ready: [], end: [] };
  const hanging: Record<string, number[]> = { unknown: [], known: [] };
  try {
    for (let round = 0; round < rounds; round++) {
      const slow = openBenchHome(TEN_SLOW);
      const hung = openBenchHome({ hung: "hung", good: "good" });
      try {
        prompts.none?.push(await none.promptMs());
        prompts.unknown?.push(await slow.promptMs());
        const first = await slow.answer("--json");
        answers.unknown?.push(first.firstMs);
        answers.ready?.push(readyMs(first.text));
        prompts.known?.push(await slow.promptMs());
        answers.none?.push((await none.answer()).firstMs);
        const known = await slow.answer();
        answers.known?.push(known.firstMs);
        answers.end?.push(known.endMs);
        hanging.unknown?.push((await hung.answer()).firstMs);
        hanging.known?.push((await hung.answer()).firstMs);
      } finally {
        await Promise.all([slow.close(), hung.close()]);
      }
    }
  } finally {
    await none.close();
  }
  const show = (values: number[] = []) => `${medianOf(values).toFixed(0)} ms`;
  console.log(`Ten servers that each need 2 s to start (medians of ${rounds})`);
  console.log(
    `  prompt of a chat       ${show(prompts.unknown)} when they are new, ${show(prompts.known)} when known from last time, ${show(prompts.none)} without servers`,
  );
  console.log(
    `  first answer of a run  ${show(answers.unknown)} when they are new, ${show(answers.known)} when known from last time, ${show(answers.none)} without servers`,
  );
  console.log(`  end of that run        ${show(answers.end)} when they are known and have to be stopped`);
  console.log(`  all ten ready          ${show(answers.ready)}`);
  console.log("One server that never answers beside a good one");
  console.log(
    `  first answer of a run  ${show(hanging.unknown)} when they are new, ${show(hanging.known)} in the next run`,
  );
}

const [part = "all", given] = process.argv.slice(2);
const rounds = (otherwise: number) => Number(given ?? otherwise);
if (part === "calls" || part === "all") {
  for (const server of SERVERS) await printCalls(server, rounds(9));
  await withHttpServer((server) => printCalls(server, rounds(9)));
}
if (part === "large" || part === "all") await printLarge(rounds(3));
if (part === "start" || part === "all") await printStart(rounds(3));
