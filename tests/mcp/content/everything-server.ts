/** The published server-everything over each of its transports, and a counterpart that answers all it asks. */
import { fileURLToPath } from "node:url";
import type { ServerConfig } from "../../../src/mcp/client/config.ts";
import type { Counterpart, LogEntry, Question } from "../../../src/mcp/client/requests/counterpart.ts";
import { createPrepare } from "../../../src/mcp/client/requests/prepare.ts";
import { startMcp } from "../harness.ts";
import { remoteConfig, startEverything as serve } from "../remote/servers.ts";
import { serverConfig } from "../servers.ts";

export type EverythingTransport = "stdio" | "sse" | "http";

const PROGRAM = fileURLToPath(
  new URL("../../../node_modules/@modelcontextprotocol/server-everything/dist/index.js", import.meta.url),
);

/** Answers everything, and remembers what it was asked. */
export class WillingCounterpart implements Counterpart {
  readonly questions: Question[] = [];
  readonly prompts: string[] = [];
  readonly logs: LogEntry[] = [];
  #roots: readonly string[] = ["/first/root"];
  readonly #listeners = new Set<() => void>();

  hasPerson() {
    return true;
  }

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
  const changes = { logLevel: "debug", sampling: "allow" } as const;
  const remote =
    transport === "stdio" ? undefined : await serve(transport === "sse" ? "sse" : "streamableHttp");
  const config: ServerConfig = remote
    ? remoteConfig("everything", remote.url, { transport: transport === "sse" ? "sse" : "http", ...changes })
    : serverConfig("everything", [PROGRAM, "stdio"], changes);
  const counterpart = new WillingCounterpart();
  const mcp = await startMcp([config], { prepare: createPrepare(counterpart) });
  await mcp.ready("everything");
  return {
    mcp,
    counterpart,
    async stop() {
      await mcp[Symbol.asyncDispose]();
      await remote?.[Symbol.asyncDispose]();
    },
  };
}
