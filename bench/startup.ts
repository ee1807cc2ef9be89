/**
 * How much mcpchat adds to what a bare compiled program needs: `mcpchat --version` against one that prints, and a
 * "hello" to a loopback model, over both wires, against one that only fetches the same stream. The programs run by
 * turns; medians, their ratio, peak memory and the size of the request are printed.
 *
 *   npm run bench [-- ROUNDS]        (dist/mcpchat must be built, or MCPCHAT_EXECUTABLE name another)
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { executablePath } from "../scripts/build-inputs.mjs";
import { type BarePrograms, compileBarePrograms } from "./bare.ts";
import { median, type Program, peakMemory, timeByTurns, timeOf } from "./program.ts";

const ROOT = join(import.meta.dir, "..");
const MCPCHAT = process.env.MCPCHAT_EXECUTABLE ?? executablePath(ROOT);
const KEY = "loopback-key";
/** The model of the loopback server that takes 20 ms before each of 20 words: long enough to read its memory. */
const SLOW_MODEL = "slow-20";
/** The marks of this project: at most so many times as long as the bare program. */
const MARKS = { version: 3, hello: 2.5 };

interface Comparison {
  name: string;
  mark: number;
  ours: Program;
  /** The barest program that does the same: the mark is a multiple of its time. */
  bare: Program;
  /** One that is written without a thought of its start. */
  usual?: Program;
  /** The pair to read memory from, when the pair above is over too soon. */
  lasting?: { ours: Program; bare: Program };
}

async function compare(comparison: Comparison, rounds: number): Promise<void> {
  const { name, mark, ours, bare, usual } = comparison;
  const lasting = comparison.lasting ?? { ours, bare };
  const times = await timeByTurns(usual ? [ours, bare, usual] : [ours, bare], rounds);
  const [ourMedian = 0, bareMedian = 0, usualMedian] = times.map(median);
  const ratio = ourMedian / bareMedian;
  const [ourPeak, barePeak] = [await peakMemory(lasting.ours), await peakMemory(lasting.bare)];
  console.log(`${name}`);
  console.log(
    `  mcpchat ${milliseconds(ourMedian)}, bare ${milliseconds(bareMedian)} (medians of ${rounds})`,
  );
  console.log(`  ratio   ${ratio.toFixed(2)} (mark: ${mark}) ${ratio <= mark ? "met" : "MISSED"}`);
  if (usualMedian !== undefined) {
    console.log(
      `  usual   ${(ourMedian / usualMedian).toFixed(2)} of a program that writes to process.stdout, ${milliseconds(usualMedian)}`,
    );
  }
  console.log(`  memory  mcpchat ${megabytes(ourPeak)}, bare ${megabytes(barePeak)}`);
}

function milliseconds(value: number): string {
  return `${value.toFixed(1)} ms`;
}

function megabytes(bytes: number | undefined): string {
  return bytes ? `${(bytes / 1e6).toFixed(1)} MB` : "unknown";
}

function versionComparison(print: string, home: string): Comparison {
  const environment = { HOME: home, PATH: "/usr/bin:/bin" };
  return {
    name: "--version",
    mark: MARKS.version,
    ours: { name: "mcpchat --version", command: [MCPCHAT, "--version"], environment },
    bare: { name: "bare print", command: [print], environment },
  };
}

interface Wire {
  provider: "openai" | "anthropic";
  path: string;
  environment: Record<string, string>;
  headers: Record<string, string>;
  /** What the wire wants beside model, messages and stream. */
  extra: object;
}

function wires(url: string): Wire[] {
  const json = { "content-type": "application/json" };
  return [
    {
      provider: "openai",
      path: "/v1/chat/completions",
      environment: { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: `${url}/v1` },
      headers: { ...json, authorization: `Bearer ${KEY}` },
      extra: { stream_options: { include_usage: true } },
    },
    {
      provider: "anthropic",
      path: "/v1/messages",
      environment: { ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: url },
      headers: { ...json, "x-api-key": KEY, "anthropic-version": "2023-06-01" },
      extra: { max_tokens: 4096 },
    },
  ];
}

function helloComparison(
  wire: Wire,
  { url, home, programs }: { url: string; home: string; programs: BarePrograms },
): Comparison {
  const common = { HOME: home, PATH: "/usr/bin:/bin" };
  const bare = (command: string, model: string) => ({
    name: `${command} over ${wire.provider}`,
    command: [command],
    environment: { ...common, ...bareRequest(wire, url, model) },
  });
  const pair = (model: string) => ({
    ours: {
      name: `mcpchat over ${wire.provider}`,
      command: [MCPCHAT, "-m", `${wire.provider}/${model}`, "hello"],
      environment: { ...common, ...wire.environment },
    },
    bare: bare(programs.fetch, model),
  });
  return {
    name: `"hello" over ${wire.provider}`,
    mark: MARKS.hello,
    ...pair("hello"),
    usual: bare(programs.fetchToStdout, "hello"),
    lasting: pair(SLOW_MODEL),
  };
}

function bareRequest(wire: Wire, url: string, model: string): Record<string, string> {
  const messages = [{ role: "user", content: "hello" }];
  const body = JSON.stringify({ model, messages, stream: true, ...wire.extra });
  return { URL: `${url}${wire.path}`, BODY: body, HEADERS: JSON.stringify(wire.headers) };
}

/** Lets mcpchat send one request over each wire, and prints how large it was. */
async function printRequestSizes(comparisons: readonly Comparison[], url: string): Promise<void> {
  for (const { name, ours } of comparisons) {
    await timeOf(ours);
    // The server's own record; only this field is read.
    const requests = (await (await fetch(`${url}/_requests`)).json()) as RequestRecord[];
    console.log(`${name}: request of ${requests.at(-1)?.bytes} bytes`);
  }
}

interface RequestRecord {
  bytes: number;
}

async function startModelServer() {
  const program = join(ROOT, "tests/fixtures/model-server/main.ts");
  const server = Bun.spawn([process.execPath, program, "--models", `hello,${SLOW_MODEL}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const reader = server.stdout.getReader();
  const { value } = await reader.read();
  return { url: new TextDecoder().decode(value).trim(), stop: () => server.kill() };
}

async function main(): Promise<void> {
  if (!existsSync(MCPCHAT)) throw new Error("dist/mcpchat is missing; run npm run build first");
  const rounds = Math.max(30, Number(process.argv[2] ?? 40));
  const home = mkdtempSync(join(tmpdir(), "mcpchat-bench-"));
  const server = await startModelServer();
  try {
    const programs = await compileBarePrograms(home);
    await compare(versionComparison(programs.print, home), rounds);
    const { url } = server;
    const hellos = wires(url).map((wire) => helloComparison(wire, { url, home, programs }));
    for (const hello of hellos) await compare(hello, rounds);
    await printRequestSizes(hellos, url);
  } finally {
    server.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

await main();
