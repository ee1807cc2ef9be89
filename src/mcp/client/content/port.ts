/**
 * What MCP servers offer beside tools: resources, templates that make addresses of resources, and prompts. All strings
 * and contents are as the servers wrote them: safe for neither a terminal nor a model.
 */
import type {
  BlobResourceContents,
  CompleteResult,
  GetPromptResult,
  Prompt,
  Resource,
  ResourceTemplateType,
  TextResourceContents,
} from "@modelcontextprotocol/client";
import type { UserError } from "../../../lib/errors.ts";

/** What can be listed, by the word for it. */
export interface Offers {
  resources: Resource;
  templates: ResourceTemplateType;
  prompts: Prompt;
}

export type Listed<T> = T & { server: string };

export interface Listing<T> {
  items: Listed<T>[];
  /** Servers that could not be asked. */
  problems: { server: string; error: UserError }[];
}

export interface ContentLimits {
  /** Longest wait for a server to be ready, in milliseconds; its answer has the limit of its calls. */
  waitMs: number;
  signal: AbortSignal;
}

export type ResourceContents = TextResourceContents | BlobResourceContents;

/** The beginning of a value, for an argument of a prompt or a variable of a template. */
export interface Unfinished {
  of: { prompt: string } | { template: string };
  argument: string;
  value: string;
  /** Values of other arguments, which may narrow it. */
  others?: Readonly<Record<string, string>>;
}

export interface Watcher extends ContentLimits {
  /** The server listens for us; `again` after a restart, in which updates may have been missed. */
  onSubscribed: (again: boolean) => void;
  /** The resource has changed, or a part of it, which has an address of its own. */
  onUpdate: (uri: string) => void;
}

/**
 * The way to all of it. Everything rejects with the signal's reason when it aborts, and else with a UserError:
 * ServerNotReadyError (6), UsageError for what a server does not have (2), or what the server reported (7).
 */
export interface McpContent {
  /** Asks the named servers, or all: none waits for another, and who offers nothing of the kind gives nothing. */
  list<K extends keyof Offers>(
    kind: K,
    asked: ContentLimits & { servers?: readonly string[] },
  ): Promise<Listing<Offers[K]>>;
  read(server: string, uri: string, limits: ContentLimits): Promise<ResourceContents[]>;
  /** Throws UsageError that names the required arguments which are missing. */
  prompt(
    server: string,
    name: string,
    args: Readonly<Record<string, string>>,
    limits: ContentLimits,
  ): Promise<GetPromptResult>;
  complete(
    server: string,
    unfinished: Unfinished,
    limits: ContentLimits,
  ): Promise<CompleteResult["completion"]>;
  /** Tells of updates until the signal aborts; the subscription outlives restarts of the server. */
  watch(server: string, uri: string, watcher: Watcher): Promise<never>;
}
