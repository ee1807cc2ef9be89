/**
 * Models inside the executable: tokens per second through mcpchat against the library called directly in one process with
 * the same threads, by turns, on models of noise; and the threads that mcpchat chooses against the best.
 *
 *   bun bench/local.ts [ROUNDS]        (dist/mcpchat must be built, or MCPCHAT_EXECUTABLE name another)
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { executablePath } from "../scripts/build-inputs.mjs";
import { randomModel } from "../tests/fixtures/models/models.ts";
import { median } from "./program.ts";

const ROOT = join(import.meta.dir, "..");
const MCPCHAT = process.env.MCPCHAT_EXECUTABLE ?? executablePath(ROOT);
const TOKENS = 128;
const MODELS = [150, 800];
/** The marks of this project: of the library's speed, and of the best number of threads. */
const MARKS = { speed: 0.97, threads: 0.95 };

async function output(command: string[], home: string): Promise<string> {
  const child = Bun.spawn(command, {
    env: { HOME: home, PATH: process.env.PATH ?? "/usr/bin:/bin" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const text = await new Response(child.stdout).text();
  if ((await child.exited) !== 0)
    throw new Error(`${command.join(" ")}: ${await new Response(child.stderr).text()}`);
  return text;
}

async function throughMcpchat(model: string, home: string): Promise<number> {
  const options = ["--max-tokens", String(TOKENS), "--json", "--no-tools"];
  const told = JSON.parse(await output([MCPCHAT, "-m", model, ...options, "Tell me something."], home));
  return ((told.usage.output - 1) / (told.duration_ms - told.ttft_ms)) * 1000;
}

async function directly(model: string, threads: number, home: string): Promise<number> {
  const program = [process.execPath, join(import.meta.dir, "bare-llama.ts")];
  return JSON.parse(await output([...program, model, String(TOKENS), String(threads)], home)).perSecond;
}

/** Tokens per second through mcpchat. The ratio is the median of those of neighbours, as machines have better and worse minutes. */
async function compareSpeed(model: string, threads: number, rounds: number, home: string): Promise<void> {
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await throughMcpchat(model, home));
    bare.push(await directly(model, threads, home));
  }
  const ratio = median(ours.map((speed, round) => speed / (bare[round] ?? Number.NaN)));
  console.log(
    `  mcpchat ${median(ours).toFixed(1)} tokens/s, the library ${median(bare).toFixed(1)} (medians of ${rounds})`,
  );
  console.log(
    `  ratio   ${ratio.toFixed(3)} (mark: ${MARKS.speed}) ${ratio >= MARKS.speed ? "met" : "MISSED"}`,
  );
}

/** What mcpchat does by itself against the best that the library does with a fixed number of threads. */
async function compareThreads(model: string, most: number, rounds: number, home: string): Promise<void> {
  const ours: number[] = [];
  const fixed: number[][] = Array.from({ length: most }, () => []);
  for (let round = 0; round < rounds; round++) {
    ours.push(await throughMcpchat(model, home));
    for (const [index, speeds] of fixed.entries()) speeds.push(await directly(model, index + 1, home));
  }
  const ratio = median(ours) / Math.max(...fixed.map(median));
  console.log(
    `  default ${ratio.toFixed(3)} of the best of 1 to ${most} threads (mark: ${MARKS.threads}) ` +
      `${ratio >= MARKS.threads ? "met" : "MISSED"}`,
  );
}

const rounds = Number(process.argv[2] ?? 5);
const home = mkdtempSync(join(tmpdir(), "mcpchat-bench-"));
try {
  for (const megabytes of MODELS) {
    const model = await randomModel({ megabytes });
    const { threads } = JSON.parse(await output([MCPCHAT, "models", "acceleration", "--json"], home));
    console.log(
      `noise of ${(Bun.file(model).size / 1e6).toFixed(0)} MB, ${TOKENS} tokens, ${threads} threads`,
    );
    await compareSpeed(model, threads, rounds, home);
    await compareThreads(model, threads, rounds, home);
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}
