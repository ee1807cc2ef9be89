/** The published server-everything over each of its transports, and a counterpart that answers all it asks. */
import { fileURLToPath } from "node:url";
import type { RemoteConfig, StdioConfig } from "../../../src/mcp/client/config.ts";
import type { Counterpart, LogEntry, Question } from "../../../src/mcp/client/requests/counterpart.ts";
import { createPrepare } from "../../../src/mcp/client/requests/prepare.ts";
import { startMcp } from "../harness.ts";
import { serverConfig } from "../servers.ts";

export type EverythingTransport = "stdio" | "sse" | "http";

const PROGRAM = fileURLToPath(
  new URL("../../../node_modules/@modelcontextprotocol/server-everything/dist/index.js", import.meta.url),
);
/** A port that was free a moment ago may be taken: another one is. */
const TRIES = 5;

/** Answers everything, and remembers what it was asked. */
export class WillingCounterpart implements Counterpart {
  readonly questions: Question[] = [];
  readonly prompts: string[] = [];
  readonly logs: LogEntry[] = [];
  #roots: readonly string[] = ["/first/root"];
  readonly #listeners = new Set<() => void>();

  async elicit(_server: string, question: Question) {
    this.questions.push(question);
    if (question.mode === "url") return { action: "accept" } as const;
    return { action: "accept", content: { name: "Ada Lovelace", check: true } } as const;
  }

  async sample(_server: string, { messages }: Parameters<Counterpart["sample"]>[1]) {
    this.prompts.push(JSON.stringify(messages));
    return { model: "test/model", text: "a sampled answer", calls: [], stopReason: "end" } as const;
  }

  log(_server: string, entry: LogEntry): void {
    this.logs.push(entry);
  }

  roots(): readonly string[] {
    return this.#roots;
  }

  moveTo(roots: readonly string[]): void {
    this.#roots = roots;
    for (const listener of this.#listeners) listener();
  }

  onRootsChange(_server: string, listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  notice(): void {}
}

/** The server, known as `everything`, and our client of it. */
export async function startEverything(transport: EverythingTransport) {
  const remote = transport === "stdio" ? undefined : await serveRemotely(transport);
  const changes = { logLevel: "debug", sampling: "allow" } as const;
  const local = serverConfig("everything", [PROGRAM, "stdio"], changes);
  const config = remote ? remoteConfig(local, transport === "sse" ? "sse" : "http", remote.port) : local;
  const counterpart = new WillingCounterpart();
  const mcp = await startMcp([config], { prepare: createPrepare(counterpart) });
  await mcp.ready("everything");
  return {
    mcp,
    counterpart,
    async stop() {
      await mcp[Symbol.asyncDispose]();
      await remote?.stop();
    },
  };
}

async function serveRemotely(transport: "sse" | "http") {
  for (let tries = 1; ; tries++) {
    const port = freePort();
    const child = Bun.spawn(["node", PROGRAM, transport === "sse" ? "sse" : "streamableHttp"], {
      env: { ...process.env, PORT: String(port) },
      stdout: "ignore",
      stderr: "pipe",
    });
    const told = await firstWords(child.stderr, / on port \d+/);
    if (told) return { port, stop: () => end(child) };
    await child.exited;
    if (tries === TRIES) throw new Error("server-everything does not start");
  }
}

function freePort(): number {
  const probe = Bun.serve({ port: 0, hostname: "localhost", fetch: () => new Response() });
  const { port } = probe;
  void probe.stop(true);
  if (port === undefined) throw new Error("no port");
  return port;
}

function end(child: Bun.Subprocess): Promise<number> {
  child.kill();
  return child.exited;
}

/** Whether the words come before the stream ends; what comes after them is read and forgotten. */
async function firstWords(stream: ReadableStream<Uint8Array>, words: RegExp): Promise<boolean> {
  const found = Promise.withResolvers<boolean>();
  void (async () => {
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of stream) {
      text += decoder.decode(chunk, { stream: true });
      if (words.test(text)) found.resolve(true);
    }
    found.resolve(false);
  })();
  return found.promise;
}

function remoteConfig(
  {
    name,
    restart,
    trusted,
    tools,
    connectTimeoutMs,
    callTimeoutMs,
    maxCalls,
    sampling,
    logLevel,
  }: StdioConfig,
  transport: "sse" | "http",
  port: number,
): RemoteConfig {
  return {
    name,
    restart,
    trusted,
    tools,
    connectTimeoutMs,
    callTimeoutMs,
    maxCalls,
    sampling,
    ...(logLevel && { logLevel }),
    transport,
    url: `http://localhost:${port}/${transport === "sse" ? "sse" : "mcp"}`,
    headers: {},
    oauth: {},
  };
}
