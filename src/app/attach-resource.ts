/** `@SERVER:URI`: a resource of an MCP server as an attachment. */
import type { RawAttachment } from "../attachments/port.ts";
import { titleOf } from "../attachments/url/address.ts";
import { UsageError, UserError } from "../lib/errors.ts";
import type { ResourceContents } from "../mcp/client/content/port.ts";
import type { McpHost } from "../mcp/client/port.ts";
import { oneLine } from "../mcp/client/text.ts";
import type { App } from "./app.ts";
import { openServers } from "./servers.ts";

export interface ResourceName {
  server: string;
  uri: string;
}

export interface ResourceLimits {
  /** The servers of the run; without it the server is started for this. */
  host: McpHost | undefined;
  /** Longest wait for the server, in milliseconds. */
  waitMs: number;
  signal: AbortSignal;
}

/** What the resource holds, in its parts. Throws UserError when the server does not have it or is not ready in time. */
export async function readResourceOf(
  app: App,
  { server, uri }: ResourceName,
  { host, waitMs, signal }: ResourceLimits,
): Promise<RawAttachment[]> {
  if (!host) await openServers(app, { only: [server], tells: true });
  else if (!host.statuses().some(({ name }) => name === server)) {
    throw new UsageError(
      `@${server}: this run is without server ${server}`,
      `add --server ${server}, or enable it`,
    );
  }
  const { content } = await app.mcp.open();
  const contents = await content.read(server, uri, { waitMs, signal }).catch((error: unknown) => {
    throw asRefusal(server, uri, error);
  });
  if (contents.length === 0) throw new UsageError(`@${server}:${oneLine(uri)}: the resource is empty`);
  return contents.map((content) => rawFrom(server, content));
}

/** What cannot be attached is the same mistake, whoever made it. */
function asRefusal(server: string, uri: string, error: unknown): unknown {
  if (!(error instanceof UserError) || error.code !== "server_failed") return error;
  return new UsageError(
    `@${server}:${oneLine(uri)}: ${error.message}`,
    `leave it out, or tell the author of server ${server}`,
  );
}

function rawFrom(server: string, content: ResourceContents): RawAttachment {
  const address = oneLine(content.uri);
  const url = URL.parse(content.uri);
  const named = { name: `${server}:${address}`, title: url ? oneLine(titleOf(url)) : address };
  if ("text" in content) return { ...named, bytes: new TextEncoder().encode(content.text) };
  const bytes = bytesOf(content.blob);
  if (bytes) return { ...named, bytes, isText: content.mimeType?.startsWith("text/") === true };
  throw new UsageError(
    `${named.name}: what the server sent is not base64`,
    `tell the author of server ${server}`,
  );
}

function bytesOf(blob: string): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64(blob);
  } catch {
    return undefined;
  }
}
