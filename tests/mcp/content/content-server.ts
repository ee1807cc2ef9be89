/** The raw server of tests/fixtures/mcp-servers/content.mjs, and our way to what it offers. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { StdioConfig } from "../../../src/mcp/client/config.ts";
import { temporaryFolder } from "../../fixtures/temporary-folder.ts";
import { startMcp } from "../harness.ts";
import { serverConfig } from "../servers.ts";

const PROGRAM = fileURLToPath(new URL("../../fixtures/mcp-servers/content.mjs", import.meta.url));

export type ContentMode = "legacy" | "modern" | "unwatched" | "nothing" | "endless" | "old" | "terse";

export function contentConfig(
  name: string,
  mode: ContentMode,
  changes: Partial<StdioConfig> = {},
): StdioConfig {
  return serverConfig(name, [PROGRAM, mode], changes);
}

/** The server, known as `notes`, and others beside it. */
export async function startContent(
  mode: ContentMode,
  changes: Partial<StdioConfig> = {},
  others: StdioConfig[] = [],
) {
  const folder = temporaryFolder();
  const log = join(folder, "methods");
  const env = { METHOD_LOG: log, CRASH_FILE: join(folder, "crashed") };
  const mcp = await startMcp([contentConfig("notes", mode, { env, ...changes }), ...others]);
  return {
    mcp,
    content: mcp.mcp.content,
    /** The methods of all messages so far. */
    methods: () => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []),
    [Symbol.asyncDispose]: () => mcp[Symbol.asyncDispose](),
  };
}

export function limits(changes: { waitMs?: number; signal?: AbortSignal } = {}) {
  return { waitMs: 30_000, signal: new AbortController().signal, ...changes };
}

/** What a promise is rejected with, as the user reads it: the line and the exit code. */
export async function failure(promise: Promise<unknown>): Promise<{ line: string; exitCode: unknown }> {
  const error = await promise.then(
    () => {
      throw new Error("nothing failed");
    },
    (caught: Error & { advice?: string; exitCode?: unknown }) => caught,
  );
  const line = error.advice === undefined ? error.message : `${error.message}; ${error.advice}`;
  return { line, exitCode: error.exitCode };
}
