/**
 * What the chat loop and the commands see of MCP: a catalogue of tools and a way to call one. Everything else
 * (processes, connections, restarts, replay) stays behind it.
 */
import type { ContentBlock } from "@modelcontextprotocol/client";
import type { JsonObject, Media } from "../../lib/conversation.ts";

/** A tool as its server described it, plus the name under which the model knows it. */
export interface CatalogueTool {
  server: string;
  /** The server's own name for it. */
  name: string;
  /** `server__tool`: at most 64 of [a-zA-Z0-9_-], unique among all servers. */
  qualifiedName: string;
  description: string;
  inputSchema: JsonObject;
  outputSchema?: JsonObject;
  annotations: {
    readOnlyHint?: boolean;
    idempotentHint?: boolean;
    destructiveHint?: boolean;
    title?: string;
  };
}

/** A tool that a server has changed since it was first offered: it is not offered until the user accepts it. */
export interface SetAsideTool {
  name: string;
  /** The hash of what it is now, so that only what was shown can be accepted. */
  fingerprint: string;
  /** What changed, line by line, beginning with `-` and `+`; nothing in it is invisible. */
  difference: readonly string[];
}

export type ServerState = "starting" | "ready" | "restarting" | "failed" | "stopped";

/** The state of a server as the supervision tree knows it; `error` is one line with the last words on stderr. */
export interface ServerStatus {
  name: string;
  state: ServerState;
  /** Milliseconds from its start to ready, or so far. */
  ms: number;
  error?: string;
  pid?: number;
  tools: number;
  /** Whether the tools come from an earlier run's list because the server is not ready yet. */
  cached: boolean;
  trusted: boolean;
  transport: "stdio" | "http" | "sse";
  /** How it speaks, once it is known: the protocol revision, such as `2025-11-25`. */
  protocol?: string;
  /** How it wants to be used, in its own words; safe for neither terminal nor model. */
  instructions?: string;
  /** What it calls itself; as it wrote it. */
  implementation?: { name: string; version: string };
  /** Names of the tools that are set aside because the server has changed them. */
  setAside?: readonly string[];
  /** Why it was not ready in the last run, which is why this one does not wait for it. */
  problemLastTime?: string;
}

export interface ToolOutcome {
  /** Text for the model; what is not text is named in brackets. */
  content: string;
  isError: boolean;
  /** Images and PDFs for the model, as what their bytes are; `content` names them too. */
  media?: Media[];
  /**
   * The text for a person, if that differs: as the server wrote it and whole, with what is for the user alone and
   * without what is for the model alone.
   */
  original?: string;
  /** What of it is for the user alone, where there is any: the model does not get it. */
  forUser?: string;
  /** What the server returned, block by block and as it is, unless that is one plain text. */
  blocks?: readonly ContentBlock[];
  /** What the server returned, for `mcpchat call --json`. */
  structured?: JsonObject;
  /** True when the server died in mid-call and the call was not repeated. */
  outcomeUnknown?: boolean;
  /** True when the server died in mid-call and the call was repeated after its restart. */
  replayed?: boolean;
}

export interface McpHost {
  /**
   * Waits until every server is ready, known from an earlier run, or has failed once. Nothing in it throws because of a server.
   */
  settle(wait: Wait, signal: AbortSignal): Promise<void>;
  tools(): CatalogueTool[];
  statuses(): ServerStatus[];
  /** Waits until the named server is ready. Throws ServerNotReadyError with its state and last words. */
  ready(server: string, waitMs: number, signal: AbortSignal): Promise<void>;
  /** Calls a tool; waits for its server first. Rejects only when `signal` aborts. */
  call(tool: CatalogueTool, args: JsonObject, options: CallOptions): Promise<ToolOutcome>;
  restart(server: string): Promise<void>;
  /** The tools of this server that are set aside, and why. */
  changes(server: string): readonly SetAsideTool[];
  /** Why a tool with this qualified name is set aside; undefined when none is. */
  objection(qualifiedName: string): string | undefined;
  /** Takes these changes for good, as far as they are still what was shown; returns the names of those. */
  trust(server: string, tools: readonly SetAsideTool[]): string[];
  /** Looks again at what is set aside, after another process has accepted it. False if there is no such server. */
  reconsider(server: string): boolean;
}

export interface Wait {
  /** Milliseconds, at most. */
  ms: number;
  /** Waits for servers for which an earlier run has waited in vain as well: the user asked for it. */
  again?: boolean;
  /** Waits for these in any case. */
  named?: readonly string[];
}

export interface CallOptions {
  signal: AbortSignal;
  /** Total milliseconds for the call. */
  timeoutMs: number;
  /** Milliseconds of that for the server to become ready; all of it when absent. */
  waitMs?: number;
  onProgress?: (progress: { progress: number; total?: number; message?: string }) => void;
}

/** Where tool lists outlive a run; keyed by a hash of the server's configuration. */
export interface ToolListCache {
  get(key: string): CachedToolList | undefined;
  put(key: string, list: CachedToolList): void;
}

export interface CachedToolList {
  tools: Omit<CatalogueTool, "server" | "qualifiedName">[];
  /** Milliseconds since the Unix epoch. */
  fetchedAt: number;
  /** Names of the tools that were set aside then. */
  setAside?: string[];
  /** Why the server was not ready then; there are no tools in that case, and the next run does not wait for it. */
  problem?: string;
  /** How long it was waited for in vain, in milliseconds; absent if it crashed. */
  waitedMs?: number;
  /** How the server wants to be used, in its own words. */
  instructions?: string;
}
