/**
 * The socket on which a running chat answers `mcpchat tree` and `mcpchat servers`: HTTP over a socket of the file
 * system that only its owner may use.
 */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensurePrivateFolder } from "../lib/file.ts";
import { jsonText } from "../lib/json-text.ts";
import type { McpHost } from "../mcp/client/port.ts";
import type { ChildSpec, Exit } from "../supervisor/spec.ts";
import type { EventHub } from "./observe.ts";
import type { RunRecorder } from "./run-recorder.ts";
import type { TreeNode } from "./tree-view.ts";

export interface ControlOptions {
  /** The folder of the run records. */
  folder: string;
  recorder: RunRecorder;
  tree: () => TreeNode;
  servers: () => McpHost;
  /** Tells of each change of the tree. */
  hub: EventHub;
}

/** A path of a socket has room for 108 bytes on Linux and 104 on macOS, its end included. */
const LONGEST_PATH_BYTES = 100;

export function controlService(options: ControlOptions): ChildSpec<Bun.Server<undefined>> {
  return {
    id: "control",
    type: "worker",
    restart: "permanent",
    shutdown: 1000,
    start: async () => {
      const path = socketPath(options.folder);
      rmSync(path, { force: true });
      const server = Bun.serve({ unix: path, fetch: (request, self) => answer(request, self, options) });
      chmodSync(path, 0o600);
      options.recorder.setSocket(path);
      const exit = Promise.withResolvers<Exit>();
      const end = (how: Exit) => {
        void server.stop(true);
        options.recorder.setSocket(undefined);
        rmSync(path, { force: true });
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
  const path = join(folder, `${process.pid}.sock`);
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
  if (pathname === "/tree") return searchParams.has("watch") ? watchTree(options) : json(options.tree());
  if (pathname === "/servers") return json(options.servers().statuses());
  const restart = /^\/servers\/([^/]+)\/restart$/.exec(pathname);
  if (!restart || request.method !== "POST") return json({ error: "there is nothing here" }, 404);
  return restartServer(options.servers(), decodeURIComponent(restart[1] ?? ""));
}

async function restartServer(host: McpHost, name: string): Promise<Response> {
  if (!host.statuses().some((server) => server.name === name)) {
    return json({ error: `there is no server ${name}` }, 404);
  }
  await host.restart(name);
  return json({ restarted: name });
}

/** A line of JSON for the tree as it is, and another after each change. */
function watchTree({ tree, hub }: ControlOptions): Response {
  let end = () => {};
  const stream = new ReadableStream<string>({
    start(controller) {
      const send = () => controller.enqueue(`${jsonText(tree())}\n`);
      send();
      end = hub.on(send);
    },
    cancel: () => end(),
  });
  return new Response(stream, { headers: { "content-type": "application/x-ndjson" } });
}

function json(value: unknown, status = 200): Response {
  return new Response(jsonText(value), { status, headers: { "content-type": "application/json" } });
}
