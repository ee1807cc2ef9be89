/** What the tests of this folder share: configurations, connections, and real servers over HTTP. */
import { systemClock } from "../../../src/lib/clock.ts";
import type { RemoteConfig } from "../../../src/mcp/client/config.ts";
import { type RemoteLinkOptions, remoteLink } from "../../../src/mcp/client/remote/link.ts";
import { type ConnectionOptions, openConnection } from "../../../src/mcp/client/session/connection.ts";

/** The configuration of a remote server; `changes` go over it. */
export function remoteConfig(name: string, url: string, changes: Partial<RemoteConfig> = {}): RemoteConfig {
  return {
    name,
    transport: "http",
    url,
    headers: {},
    oauth: {},
    restart: "permanent",
    trusted: false,
    tools: { allow: [], deny: [] },
    connectTimeoutMs: 30_000,
    callTimeoutMs: 30_000,
    maxCalls: 8,
    sampling: "deny",
    ...changes,
  };
}

export type ConnectRemoteOptions = Partial<ConnectionOptions & RemoteLinkOptions> & {
  config?: Partial<RemoteConfig>;
  /** Asks which era the server speaks, instead of taking it for one of the older. */
  asks?: boolean;
};

/** A connection to the server at this address, with what it has told so far; ends with `await using`. */
export function connectRemote(url: string, options: ConnectRemoteOptions = {}) {
  const { config: changes, asks = false, ...others } = options;
  const config = remoteConfig("far", url, changes);
  const noise: string[] = [];
  const lists: string[][] = [];
  const complaints: string[] = [];
  const link = remoteLink(config, { clock: systemClock, onNoise: (text) => noise.push(text), ...others });
  const running = openConnection(link, {
    clientInfo: { name: "test", version: "1.0.0" },
    connectTimeoutMs: config.connectTimeoutMs,
    onTools: (list) => lists.push(list.map((tool) => tool.name)),
    onComplaint: (text) => complaints.push(text),
    lastTry: false,
    ...(!asks && { era: { kind: "legacy" } }),
    ...others,
  });
  return {
    link,
    running,
    connection: running.handle,
    lists,
    noise,
    complaints,
    async [Symbol.asyncDispose]() {
      running.stop("shutdown");
      await running.exited;
    },
  };
}

const EVERYTHING = new URL(
  "../../../node_modules/@modelcontextprotocol/server-everything/dist/index.js",
  import.meta.url,
).pathname;

/** Starts a real server on a port, any free one by default; resolves once it listens. */
export async function startEverything(mode: "streamableHttp" | "sse", port = freePort()) {
  const child = Bun.spawn(["node", EVERYTHING, mode], {
    env: { ...process.env, PORT: String(port) },
    stdout: "ignore",
    stderr: "pipe",
  });
  const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  while (!/listening on|running on/.test(said)) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`the server ended: ${said}`);
    said += value;
  }
  reader.releaseLock();
  return {
    port,
    child,
    url: `http://localhost:${port}/${mode === "sse" ? "sse" : "mcp"}`,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

/** Free a moment ago, and not given out again soon by the system. */
export function freePort(): number {
  const server = Bun.serve({ port: 0, fetch: () => new Response() });
  const { port } = server;
  void server.stop(true);
  if (port === undefined) throw new Error("no port");
  return port;
}
