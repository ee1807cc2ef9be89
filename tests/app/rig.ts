/** The real program without its command line: the whole tree, a home of its own, a model server on this machine. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type App, type Services, startApp } from "../../src/app/app.ts";
import { type OneShot, runOnce } from "../../src/app/one-shot.ts";
import type { TurnEvent, TurnSink } from "../../src/chat/events.ts";
import type { RunSummary } from "../../src/chat/report/reporter.ts";
import { createGroupTracker } from "../../src/process/tracker.ts";
import { openStore } from "../../src/session/store.ts";
import { Supervisor } from "../../src/supervisor/supervisor.ts";
import { behave } from "../fixtures/model-server/behaviours.ts";
import type { Script } from "../fixtures/model-server/script.ts";
import { startModelServer } from "../fixtures/model-server/server.ts";

export const RAW_SERVER = fileURLToPath(new URL("../fixtures/mcp-servers/raw.mjs", import.meta.url));

export interface RigOptions {
  /** The model's name, which chooses what it does; `hello` when absent. */
  model?: string;
  /** What the model does instead. */
  script?: Script;
  /** More of the configuration, above the model and below its provider. */
  keys?: string;
  toml?: string;
  watch?: boolean;
  /** A home that is already there. */
  home?: string;
  /** The command line of inference processes, which may write in the home folder. */
  inference?: (folder: string) => readonly [string, ...string[]];
}

/** Milliseconds for what should be there at once: only a test that fails waits this long. */
const DEADLINE_MS = 30_000;

/** The lines of a configuration for raw MCP servers by name; more keys of a server after its mode. */
export function rawServers(servers: Record<string, { mode: string; more?: string }>): string {
  const table = ([name, { mode, more = "" }]: [string, { mode: string; more?: string }]) => {
    const args = JSON.stringify([RAW_SERVER, ...mode.split(" ")]);
    return `[mcp.servers.${name}]\ncommand = "node"\nargs = ${args}\n${more}\n`;
  };
  return Object.entries(servers).map(table).join("");
}

/** Starts the tree; ends with `await using`, which checks that no process group is left. */
export async function startRig({
  model: name = "hello",
  script,
  keys = "",
  toml = "",
  watch = false,
  home,
  inference,
}: RigOptions = {}) {
  const folder = home ?? fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "mcpchat-test-")));
  const model = startModelServer(script ?? ((request) => behave(request, { arguments: { message: "hi" } })));
  const base = `${keys}model = "loop/${name}"\n[providers.loop]\nbase_url = "${model.openaiUrl}"\napi_key = "k"\n`;
  const configFile = path.join(folder, "config.toml");
  const configure = (text: string) => fs.writeFileSync(configFile, text);
  configure(base + toml);
  const notices: string[] = [];
  const groups = createGroupTracker();
  const interrupt = new AbortController();
  const world = {
    env: { HOME: folder, PATH: process.env.PATH },
    cwd: folder,
    signal: interrupt.signal,
    onInterrupt: () => () => {},
    groups,
  };
  const notify = (level: string, text: string) => void notices.push(`${level}: ${text}`);
  const app = await startApp({
    world,
    notify,
    configFile,
    watch,
    ...(inference && { inference: inference(folder) }),
  });
  return {
    app,
    base,
    configure,
    folder,
    groups,
    home: folder,
    interrupt,
    model,
    notices,
    world,
    /** One turn of a one-shot run, to its end; `over` are parts of the tree that a test brings itself. */
    async ask(text: string, changes: Partial<OneShot> = {}, over: Partial<App> = {}) {
      const summary: RunSummary = { servers: [], durationMs: 0 };
      const events: TurnEvent[] = [];
      const run = oneShot(text, app, (event) => void events.push(event));
      await runOnce({ ...app, ...over }, { ...run, env: world.env, notify, ...changes }, summary);
      return { ...summary, events };
    },
    kill: (name: keyof Services) => killChild(app.root, name),
    /** Every message on disk, session by session, as another process would read it. */
    stored: () => storedMessages(app.paths.databaseFile),
    async [Symbol.asyncDispose]() {
      await app.stop();
      await model.stop();
      if (home === undefined) fs.rmSync(folder, { recursive: true, force: true });
      if (groups.live().length > 0) throw new Error(`process groups are left: ${groups.live().join(", ")}`);
    },
  };
}

export type Rig = Awaited<ReturnType<typeof startRig>>;

/** Kills a service the moment the model says `text`, and lets the turn go on when it is back. */
export function killAt(rig: Rig, text: string, name: keyof Services): TurnSink {
  return async (event) => {
    if (event.type === "text" && event.text.includes(text)) await rig.kill(name);
  };
}

function oneShot(text: string, app: App, sink: OneShot["sink"]): Omit<OneShot, "env" | "notify"> {
  const none = { allow: [], deny: [], yes: false, none: false, servers: [], only: [], require: [] };
  const session = { new: true } as const;
  const readMessage = async () => [{ type: "text" as const, text }];
  return { session, save: true, tools: none, readMessage, wantsCost: false, sink, signal: app.signal };
}

/** Kills a child and waits until its supervisor has started it again. */
export async function killChild(supervisor: Supervisor, id: string): Promise<void> {
  const info = () => supervisor.whichChildren().find((child) => child.id === id);
  const before = info();
  if (before?.state !== "running") throw new Error(`${id} does not run: ${before?.state}`);
  supervisor.killChild(id);
  await until(`${id} runs again`, () => {
    const now = info();
    return now?.state === "running" && now.restarts > before.restarts && now.handle !== before.handle;
  });
}

/** The supervisor below `parent` at this place. */
export function supervisorAt(parent: Supervisor, ...ids: string[]): Supervisor {
  const [id, ...rest] = ids;
  if (id === undefined) return parent;
  const handle = parent.whichChildren().find((child) => child.id === id)?.handle;
  if (!(handle instanceof Supervisor)) throw new Error(`no supervisor ${id} in ${parent.path}`);
  return supervisorAt(handle, ...rest);
}

/** Polls until the condition holds; throws after half a minute, naming what was waited for. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await Bun.sleep(5);
  }
}

function storedMessages(file: string) {
  const store = openStore(file);
  try {
    return store.sessions
      .list()
      .flatMap(({ id }) =>
        store.messages.branch(id).map(({ role, status, blocks }) => ({ role, status, blocks })),
      );
  } finally {
    store.close();
  }
}
