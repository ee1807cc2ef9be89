/** The start beside servers that are slow or hang: how long a prompt and a first answer take with them and without. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { executablePath } from "../scripts/build-inputs.mjs";
import { behave } from "../tests/fixtures/model-server/behaviours.ts";
import { startModelServer } from "../tests/fixtures/model-server/server.ts";
import { openPty } from "../tests/fixtures/terminal/pty.ts";

const ROOT = join(import.meta.dir, "..");
const MCPCHAT = process.env.MCPCHAT_EXECUTABLE ?? executablePath(ROOT);
const RAW = join(ROOT, "tests/fixtures/mcp-servers/raw.mjs");
const QUESTION = ["-m", "openai/hello", "hi"];

/** Modes of the raw server by name. */
export type Servers = Record<string, string>;

export const TEN_SLOW: Servers = Object.fromEntries(
  Array.from({ length: 10 }, (_, index) => [`slow${index}`, "slow 2"]),
);

/** A home of its own with these servers, which remembers what it has learned of them until it is closed. */
export function openBenchHome(servers: Servers) {
  const folder = mkdtempSync(join(tmpdir(), "mcpchat-bench-"));
  const model = startModelServer((request) => behave(request, { arguments: {} }));
  const env = {
    HOME: folder,
    PATH: process.env.PATH ?? "/usr/bin:/bin",
    OPENAI_BASE_URL: model.openaiUrl,
    OPENAI_API_KEY: "key",
  };
  configure(join(folder, ".config/mcpchat/config.toml"), servers);
  return {
    promptMs: () => promptMs(folder, env),
    answer: (...options: string[]) => answer(folder, env, options),
    async close() {
      await model.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function configure(file: string, servers: Servers): void {
  const lines = Object.entries(servers).map(([name, mode]) => {
    const args = JSON.stringify([RAW, ...mode.split(" ")]);
    return `[mcp.servers.${name}]\ncommand = "node"\nargs = ${args}\n`;
  });
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, lines.join("\n"));
}

/** Milliseconds until the prompt of a chat is on the terminal. */
async function promptMs(cwd: string, env: Record<string, string>): Promise<number> {
  const startedAt = performance.now();
  const pty = openPty([MCPCHAT, "-m", "openai/hello"], { cwd, env: { TERM: "xterm-256color", ...env } });
  try {
    await pty.until("/help");
    await pty.until("> ");
    const ms = performance.now() - startedAt;
    pty.type("\x04");
    await pty.exited;
    return ms;
  } finally {
    pty.close();
  }
}

/** Milliseconds until the first byte of a run's answer, until the run has ended, and until each server was ready. */
async function answer(cwd: string, env: Record<string, string>, options: string[]) {
  const startedAt = performance.now();
  const child = Bun.spawn([MCPCHAT, ...options, ...QUESTION], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const reader = child.stdout.getReader();
  const first = await reader.read();
  const firstMs = performance.now() - startedAt;
  let text = new TextDecoder().decode(first.value);
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    text += new TextDecoder().decode(next.value);
  }
  if ((await child.exited) !== 0) throw new Error(await child.stderr.text());
  return { firstMs, endMs: performance.now() - startedAt, text };
}

/** Milliseconds until the last of the servers was ready, as the program tells it. */
export function readyMs(json: string): number {
  const { servers } = JSON.parse(json) as { servers: { state: string; ms: number }[] }; // mcpchat's own report.
  const late = servers.filter(({ state }) => state !== "ready");
  if (late.length > 0) throw new Error(`${late.length} servers are not ready`);
  return Math.max(...servers.map(({ ms }) => ms));
}
