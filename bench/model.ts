/**
 * The way of an answer: how fast a long one gets from the wire through guards and store to standard output, and how much
 * memory that takes, against each SDK alone in the same run; what a turn costs once its connection is there; and how
 * long another model takes to stand in for a dead one.
 *
 *   bun bench/model.ts [ROUNDS]        (dist/mcpchat must be built, or MCPCHAT_EXECUTABLE name another)
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { executablePath } from "../scripts/build-inputs.mjs";
import { fails, says } from "../tests/fixtures/model-server/script.ts";
import { startModelServer } from "../tests/fixtures/model-server/server.ts";
import { openPty, type Pty } from "../tests/fixtures/terminal/pty.ts";
import { type BARE_LOOPS, compileLoop } from "./bare-sdk.ts";
import { median } from "./program.ts";

const ROOT = join(import.meta.dir, "..");
const MCPCHAT = process.env.MCPCHAT_EXECUTABLE ?? executablePath(ROOT);
const APIS = ["anthropic", "openai", "responses"] as const;
/** The mark: our throughput is at least so many times that of the SDK alone. */
const MARK = 0.5;
/** Megabytes of text. */
const LONG = 2;
const LONGER = 8;

type Environment = Record<string, string>;

/** A home whose configuration has the APIs at `url`, and `dead`, where nobody listens. */
function makeHome(url: string): Environment {
  const home = mkdtempSync(join(tmpdir(), "mcpchat-bench-"));
  const provider = (name: string, kind: string, address: string) =>
    `[providers.${name}]\n${kind}\nbase_url = "${address}"\napi_key = "key"\n`;
  const config = [
    provider("anthropic", 'kind = "anthropic"', url),
    provider("openai", 'kind = "openai"\napi = "chat"', `${url}/v1`),
    provider("responses", 'kind = "openai"\napi = "responses"', `${url}/v1`),
    provider("dead", 'kind = "openai"', "http://127.0.0.1:9/v1"),
  ];
  mkdirSync(join(home, ".config/mcpchat"), { recursive: true, mode: 0o700 });
  writeFileSync(join(home, ".config/mcpchat/config.toml"), config.join("\n"));
  return { HOME: home, PATH: "/usr/bin:/bin", TERM: "xterm-256color" };
}

interface Streamed {
  /** Milliseconds. */
  ms: number;
  /** The most memory that it had at once, in bytes; as far as looking every few milliseconds tells. */
  peak: number;
}

/** Runs a command to its end, reading what it prints through a pipe. */
async function stream(command: string[], env: Environment, bytes: number): Promise<Streamed> {
  const began = performance.now();
  const child = Bun.spawn(command, { env, stdio: ["ignore", "pipe", "pipe"] });
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, memoryOf(child.pid));
  }, 5);
  let read = 0;
  for await (const chunk of child.stdout) read += chunk.byteLength;
  const code = await child.exited;
  clearInterval(watch);
  if (code !== 0 || read < bytes) throw new Error(`${command[0]}: ${code}, ${await child.stderr.text()}`);
  return { ms: performance.now() - began, peak };
}

/** The most that a process had so far, in bytes; 0 once it has ended. */
function memoryOf(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

async function startAnswers(): Promise<{ url: string; stop: () => void }> {
  const command = [process.execPath, join(import.meta.dir, "answers.ts"), String(LONG), String(LONGER)];
  const server = Bun.spawn(command, { stdio: ["ignore", "pipe", "inherit"] });
  const { value } = await server.stdout.getReader().read();
  return { url: new TextDecoder().decode(value).trim(), stop: () => server.kill() };
}

async function compareThroughput(rounds: number): Promise<void> {
  const answers = await startAnswers();
  const home = makeHome(answers.url);
  // Below the root, where the SDKs are found.
  const folder = mkdtempSync(join(ROOT, "dist/bench-"));
  try {
    for (const api of APIS) await compareOne(api, { rounds, url: answers.url, home, folder });
  } finally {
    answers.stop();
    rmSync(folder, { recursive: true });
  }
}

async function compareOne(
  api: keyof typeof BARE_LOOPS,
  { rounds, url, home, folder }: { rounds: number; url: string; home: Environment; folder: string },
): Promise<void> {
  const loop = await compileLoop(folder, api);
  const ours = (size: number) => stream([MCPCHAT, "-m", `${api}/${size}`, "question"], home, size * 1e6);
  const bare = (size: number) => stream([loop], { URL: url, MODEL: String(size) }, size * 1e6);
  const runs: { ours: Streamed; bare: Streamed }[] = [];
  for (let round = 0; round < rounds; round++) runs.push({ bare: await bare(LONG), ours: await ours(LONG) });
  const [longOurs, longBare] = [await ours(LONGER), await bare(LONGER)];
  const speed = (ms: number, size = LONG) => size / (ms / 1000);
  const ourSpeed = speed(median(runs.map((run) => run.ours.ms).sort((a, b) => a - b)));
  const bareSpeed = speed(median(runs.map((run) => run.bare.ms).sort((a, b) => a - b)));
  const ratio = ourSpeed / bareSpeed;
  console.log(`${LONG} MB in pieces of 4 letters over ${api} (medians of ${rounds})`);
  console.log(`  mcpchat ${ourSpeed.toFixed(2)} MB/s, the SDK alone ${bareSpeed.toFixed(2)} MB/s`);
  console.log(`  ratio   ${ratio.toFixed(2)} (mark: ${MARK}) ${ratio >= MARK ? "met" : "MISSED"}`);
  const peaks = (both: { ours: Streamed; bare: Streamed }) =>
    `mcpchat ${(both.ours.peak / 1e6).toFixed(0)} MB, the SDK alone ${(both.bare.peak / 1e6).toFixed(0)} MB`;
  const last = runs.at(-1);
  if (last) console.log(`  memory  at ${LONG} MB: ${peaks(last)}`);
  console.log(`  memory  at ${LONGER} MB: ${peaks({ ours: longOurs, bare: longBare })}`);
}

/** Milliseconds from the Enter key to the text in the answer. */
async function turn(pty: Pty, line: string, ...texts: string[]): Promise<number> {
  const began = performance.now();
  pty.type(`${line}\r`);
  await pty.until(line);
  for (const text of texts) await pty.until(text);
  const elapsed = performance.now() - began;
  await pty.until("> ");
  return elapsed;
}

async function openChat(home: Environment, model: string, ...more: string[]): Promise<Pty> {
  const pty = openPty([MCPCHAT, "-m", model, ...more], { env: home });
  await pty.until("> ");
  return pty;
}

async function compareTurns(rounds: number): Promise<void> {
  const server = startModelServer(({ prompt }) => says(`heard ${prompt.slice(-4)}`));
  const home = makeHome(server.url);
  const firsts: number[] = [];
  const seconds: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const pty = await openChat(home, "openai/any");
    firsts.push(await turn(pty, "say1", "heard say1"));
    seconds.push(await turn(pty, "say2", "heard say2"));
    pty.close();
  }
  await server.stop();
  const [first = 0, second = 0] = [firsts, seconds].map((list) => median(list.sort((a, b) => a - b)));
  console.log(`a chat, from Enter to the first text (medians of ${rounds})`);
  console.log(`  turn 1  ${first.toFixed(1)} ms, turn 2 ${second.toFixed(1)} ms`);
  console.log(`  ratio   ${(second / first).toFixed(2)}`);
}

async function timeFallback(rounds: number): Promise<void> {
  const server = startModelServer(({ model, prompt }) =>
    model === "down" ? fails("server") : says(`heard ${prompt.slice(-4)}`),
  );
  const home = makeHome(server.url);
  const closed: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const command = [MCPCHAT, "-m", "dead/any", "--fallback", "anthropic/any", "question"];
    closed.push((await stream(command, home, 1)).ms);
  }
  const pty = await openChat(home, "openai/down", "--fallback", "anthropic/any");
  for (const line of ["one1", "two2"]) await turn(pty, line, `heard ${line}`);
  const open: number[] = [];
  for (let round = 0; round < rounds; round++) open.push(await turn(pty, `say${round}`, `heard say${round}`));
  pty.close();
  await server.stop();
  const [dead = 0, circuit = 0] = [closed, open].map((list) => median(list.sort((a, b) => a - b)));
  console.log(`another model in place of a dead one (medians of ${rounds})`);
  console.log(`  a run, two waits included: ${dead.toFixed(0)} ms, at most ${closed.at(-1)?.toFixed(0)} ms`);
  console.log(`  a turn, the circuit open: ${circuit.toFixed(1)} ms, at most ${open.at(-1)?.toFixed(1)} ms`);
}

if (!existsSync(MCPCHAT)) throw new Error("dist/mcpchat is missing; run npm run build first");
const rounds = Math.min(9, Math.max(3, Number(process.argv[2] ?? 5)));
await compareTurns(rounds);
await timeFallback(rounds);
await compareThroughput(rounds);
process.exit();
