/** The clients under measurement: mcpchat's own connection, and what it is measured against, to servers over stdio. */

import { systemClock } from "../src/lib/clock.ts";
import type { ServerConfig } from "../src/mcp/client/config.ts";
import type { Link } from "../src/mcp/client/link/link.ts";
import { stdioLink } from "../src/mcp/client/link/stdio-link.ts";
import { remoteLink } from "../src/mcp/client/remote/link.ts";
import { openConnection } from "../src/mcp/client/session/connection.ts";
import { createMcp } from "../src/mcp/client/tree.ts";
import { childEnvironment } from "../src/process/environment.ts";
import { spawnProcess } from "../src/process/spawn.ts";
import { startSupervisor } from "../src/supervisor/start.ts";

/** A server: its command or its address, and the call that is made of it. */
export interface BenchServer {
  name: string;
  args: string[];
  /** Where it is over streamable HTTP, already running. */
  url?: string;
  tool: string;
  arguments: { message: string };
}

export interface BenchClient {
  name: string;
  /** Makes one call; returns the length of its text. Throws when it fails. */
  call(): Promise<number>;
  close(): Promise<void>;
}

export type OpenClient = (server: BenchServer) => Promise<BenchClient>;

const INFO = { name: "bench", version: "1.0.0" };
const FOREVER_MS = 600_000;
const signal = new AbortController().signal;

/** `openConnection` over a process, as the supervised branch uses it. */
export async function openOurs(server: BenchServer): Promise<BenchClient> {
  const { link, end } = await linkTo(server);
  const { handle, stop } = bindStop(
    openConnection(link, {
      clientInfo: INFO,
      connectTimeoutMs: FOREVER_MS,
      onTools: () => {},
      onComplaint: console.error,
      lastTry: true,
    }),
  );
  await handle.ready;
  const limits = { signal, idleMs: FOREVER_MS, totalMs: FOREVER_MS };
  return {
    name: "mcpchat's connection",
    async call() {
      const outcome = await handle.call(server.tool, server.arguments, limits);
      if (outcome.isError) throw new Error(outcome.content);
      return (outcome.original ?? outcome.content).length;
    },
    async close() {
      stop();
      await end();
    },
  };
}

async function linkTo(server: BenchServer): Promise<{ link: Link; end: () => Promise<unknown> }> {
  const config = configOf(server);
  if (config.transport !== "stdio") {
    return { link: remoteLink(config, { clock: systemClock }), end: async () => {} };
  }
  const child = spawnProcess({ command: config.command, args: config.args, env: childEnvironment({}) });
  const end = () => {
    child.stop();
    return child.exited;
  };
  return { link: stdioLink(child.handle), end };
}

function bindStop<H>(running: { handle: H; stop(reason: "shutdown"): void }) {
  return { handle: running.handle, stop: () => running.stop("shutdown") };
}

/** The whole branch: manager, supervisors, the way of a call to its server. */
export async function openHost(server: BenchServer): Promise<BenchClient> {
  const mcp = createMcp([configOf(server)], {
    intensity: { maxRestarts: 5, maxSeconds: 60 },
    clientInfo: INFO,
    cache: { get: () => undefined, put: () => {} },
    notify: (_level, text) => console.error(text),
  });
  const root = await startSupervisor("bench", { children: [mcp.spec] });
  await mcp.host.ready(server.name, FOREVER_MS, signal);
  const tool = mcp.host.tools().find(({ name }) => name === server.tool);
  if (!tool) throw new Error(`no tool ${server.tool}`);
  return {
    name: "mcpchat's branch",
    async call() {
      const outcome = await mcp.host.call(tool, server.arguments, { signal, timeoutMs: FOREVER_MS });
      if (outcome.isError) throw new Error(outcome.content);
      return (outcome.original ?? outcome.content).length;
    },
    close: () => root.stop(),
  };
}

function configOf({ name, args, url }: BenchServer): ServerConfig {
  const common = commonOf(name);
  if (url === undefined) return { ...common, transport: "stdio", command: "node", args, env: {} };
  return { ...common, transport: "http", url, headers: {}, oauth: {} };
}

function commonOf(name: string) {
  return {
    name,
    restart: "permanent" as const,
    trusted: false,
    tools: { allow: [], deny: [] },
    connectTimeoutMs: FOREVER_MS,
    callTimeoutMs: FOREVER_MS,
    maxCalls: 8,
    sampling: "deny" as const,
  };
}

/** The SDK that mcpchat is built on, with its own transport and nothing else. */
export async function openBare(server: BenchServer): Promise<BenchClient> {
  const { Client, StreamableHTTPClientTransport } = await import("@modelcontextprotocol/client");
  const { StdioClientTransport } = await import("@modelcontextprotocol/client/stdio");
  const client = new Client(INFO, { versionNegotiation: { mode: "auto" } });
  const process = { command: "node", args: server.args, stderr: "ignore" } as const;
  // Its own limit of 10 MB would end the connection.
  const stdio = () => new StdioClientTransport({ ...process, maxBufferSize: 64 * 1024 * 1024 });
  const { url } = server;
  await client.connect(url === undefined ? stdio() : new StreamableHTTPClientTransport(new URL(url)));
  return {
    name: "the bare SDK",
    async call() {
      const { content } = await client.callTool({ name: server.tool, arguments: server.arguments });
      return lengthOf(content);
    },
    close: () => client.close(),
  };
}

/** The first line of the SDK. */
export async function openFirstLine(server: BenchServer): Promise<BenchClient> {
  const { Client } = await import("@modelcontextprotocol/sdk/client/index.js");
  const { StdioClientTransport } = await import("@modelcontextprotocol/sdk/client/stdio.js");
  const { StreamableHTTPClientTransport } = await import(
    "@modelcontextprotocol/sdk/client/streamableHttp.js"
  );
  const client = new Client(INFO);
  const { url } = server;
  const stdio = () => new StdioClientTransport({ command: "node", args: server.args, stderr: "ignore" });
  const transport = url === undefined ? stdio() : new StreamableHTTPClientTransport(new URL(url));
  await client.connect(transport);
  return {
    name: "the first line's SDK",
    async call() {
      const { content } = await client.callTool({ name: server.tool, arguments: server.arguments });
      return lengthOf(content);
    },
    close: () => client.close(),
  };
}

function lengthOf(content: unknown): number {
  const [first] = Array.isArray(content) ? content : [];
  if (typeof first?.text !== "string") throw new Error("the result has no text");
  return first.text.length;
}
