/**
 * The socket on which a running chat answers `mcpchat tree` and `mcpchat servers`: HTTP over a socket of the file
 * system that only its owner may use.
 */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeError } from "../lib/errors.ts";
import { ensurePrivateFolder } from "../lib/file.ts";
import { jsonText } from "../lib/json-text.ts";
import { singleLine } from "../lib/text-layout.ts";
import type { McpHost } from "../mcp/client/port.ts";
import { hostIdentity } from "../process/identity.ts";
import type { ChildSpec, Exit } from "../supervisor/spec.ts";
import type { EventHub } from "./observe.ts";
import { removeSocket, runName } from "./run-record.ts";
import type { RunRecorder } from "./run-recorder.ts";
import type { TreeNode } from "./tree-view.ts";

export interface ControlOptions {
  /** The folder of the run records. */
  folder: string;
  recorder: RunRecorder;
  tree: () => TreeNode;
  /** Undefined where there are none. */
  servers: () => McpHost | undefined;
  /** The file that a server comes from. */
  sourceOf: (server: string) => string | undefined;
  /** Tells of each change of the tree. */
  hub: EventHub;
}

/** A path of a socket has room for 108 bytes on Linux and 104 on macOS, its end included. */
const LONGEST_PATH_BYTES = 100;
const LINE_COLUMNS = 400;

export function controlService(options: ControlOptions): ChildSpec<Bun.Server<undefined>> {
  return {
    id: "control",
    type: "worker",
    restart: "permanent",
    shutdown: 1000,
    start: async () => {
      const path = socketPath(options.folder);
      rmSync(path, { force: true });
      const server = Bun.serve({
        unix: path,
        // Else a fault would be printed onto the terminal of the chat, and answered with a page.
        development: false,
        error: (error) => json({ error: singleLine(describeError(error), LINE_COLUMNS) }, 500),
        fetch: (request, self) => answer(request, self, options),
      });
      chmodSync(path, 0o600);
      options.recorder.setSocket(path);
      const exit = Promise.withResolvers<Exit>();
      const end = (how: Exit) => {
        void server.stop(true);
        options.recorder.setSocket(undefined);
        removeSocket(options.folder, path);
        exit.resolve(how);
      };
      return {
        handle: server,
        exited: exit.promise,
        stop: () => end({ kind: "shutdown" }),
        kill: () => end({ kind: "killed" }),
      };
    },
  };
}

/** In the state folder; in a private folder for temporary files where the path would be too long. */
function socketPath(folder: string): string {
  ensurePrivateFolder(folder);
  const path = join(folder, `${runName(process.pid, hostIdentity())}.sock`);
  if (Buffer.byteLength(path) <= LONGEST_PATH_BYTES) return path;
  return join(mkdtempSync(join(tmpdir(), "mcpchat-")), "sock");
}

async function answer(
  request: Request,
  server: Bun.Server<undefined>,
  options: ControlOptions,
): Promise<Response> {
  // A tree that does not change for a while is no reason to hang up on who watches it.
  server.timeout(request, 0);
  const { pathname, searchParams } = new URL(request.url);
  // Tells who answers: a socket may have been left, a number may be used again.
  if (pathname === "/") return json({ pid: process.pid });
  if (pathname === "/tree") return searchParams.has("watch") ? watchTree(options) : json(options.tree());
  if (pathname === "/servers") return json(listed(options));
  const [, part, work] = /^\/servers\/([^/]+)\/(restart|reconsider)$/.exec(pathname) ?? [];
  const name = decoded(part);
  if (name === undefined || request.method !== "POST") return json({ error: "there is nothing here" }, 404);
  const host = options.servers();
  return work === "restart" ? restartServer(host, name) : reconsider(host, name);
}

/** Another process has accepted changes of tools. */
function reconsider(host: McpHost | undefined, name: string): Response {
  return json({ reconsidered: host?.reconsider(name) ?? false });
}

/** The servers, each with the file that it comes from. */
function listed({ servers, sourceOf }: ControlOptions) {
  const statuses = servers()?.statuses() ?? [];
  return statuses.map((status) => ({ ...status, source: sourceOf(status.name) }));
}

/** A part of a path as text; undefined when it is none. */
function decoded(part: string | undefined): string | undefined {
  try {
    return part && decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

async function restartServer(host: McpHost | undefined, name: string): Promise<Response> {
  if (!host?.statuses().some((server) => server.name === name)) {
    return json({ error: `there is no server ${name}` }, 404);
  }
  await host.restart(name);
  return json({ restarted: name });
}

/**
 * A line of JSON for the tree as it is, and another after changes. Who reads slowly gets the latest state when there is
 * room for it, and misses those before: nothing queues up here.
 */
function watchTree({ tree, hub }: ControlOptions): Response {
  let changed = Promise.withResolvers<void>();
  changed.resolve();
  const end = hub.on(() => changed.resolve());
  const pull = async (controller: ReadableStreamDefaultController<string>) => {
    await changed.promise;
    changed = Promise.withResolvers();
    try {
      controller.enqueue(`${jsonText(tree())}\n`);
    } catch (error) {
      end();
      throw error;
    }
  };
  const stream = new ReadableStream<string>({ pull, cancel: end }, { highWaterMark: 0 });
  return new Response(stream, { headers: { "content-type": "application/x-ndjson" } });
}

function json(value: unknown, status = 200): Response {
  return new Response(jsonText(value), { status, headers: { "content-type": "application/json" } });
}
