/** The branch of models under a root of its own, with processes that need no model, and what they were asked for. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Registry } from "../../src/app/registry.ts";
import { createModels, type ModelsOptions } from "../../src/models/models.ts";
import type { GenerateEvent, GenerateRequest, LoadOptions } from "../../src/models/port.ts";
import { createGroupTracker } from "../../src/process/tracker.ts";
import type { SupervisionEvent } from "../../src/supervisor/spec.ts";
import { startSupervisor } from "../../src/supervisor/start.ts";
import { Supervisor } from "../../src/supervisor/supervisor.ts";
import { temporaryFolder, until } from "../fixtures/temporary-folder.ts";

const HOST = fileURLToPath(new URL("../fixtures/inference/host.ts", import.meta.url));

export interface RigOptions extends Partial<ModelsOptions> {
  /** What goes wrong before the process is ready: see tests/fixtures/inference/failures.ts. */
  atStart?: readonly string[];
}

/** Ends with `await using`, which also checks that no process is left. */
export async function startModels({ atStart = [], ...changes }: RigOptions = {}) {
  const folder = temporaryFolder();
  const logFile = join(folder, "log");
  const tracker = createGroupTracker();
  const notices: string[] = [];
  const events: SupervisionEvent[] = [];
  let registry: Registry<{ models: Supervisor }> | undefined;
  const local = createModels({
    settings: { acceleration: "auto", idleMs: 0 },
    cacheFolder: folder,
    command: [process.execPath, HOST, logFile, ...atStart],
    start: async () => registry?.need("models"),
    intensity: { maxRestarts: 5, maxSeconds: 60 },
    notify: (level, text) => notices.push(`${level}: ${text}`),
    listener: (event) => {
      events.push(event);
      registry?.notice(event);
    },
    tracker,
    random: () => 0.1,
    ...changes,
  });
  const root = await startSupervisor("mcpchat", { listener: (event) => registry?.notice(event) });
  registry = new Registry<{ models: Supervisor }>(root, { models: { needs: [], spec: local.spec } });
  const { signal } = new AbortController();
  const { models } = local;
  const log = () => (existsSync(logFile) ? readFileSync(logFile, "utf8").trim().split("\n") : []);
  return {
    ...local,
    root,
    folder,
    tracker,
    notices,
    events,
    /** What the processes were asked for, in order, without when they started. */
    asked: () => log().filter((line) => !line.startsWith("start ")),
    starts: () => log().filter((line) => line.startsWith("start ")).length,
    branch: () => branchOf(root),
    pid: () => pidOf(root),
    load: (name: string, options: LoadOptions = {}, progress: number[] = []) =>
      models.loader.load(join(folder, name), options, (fraction) => progress.push(fraction), signal),
    unload: (name: string) => models.loader.unload(join(folder, name)),
    loaded: () => models.loader.loaded().map(({ path }) => path.slice(folder.length + 1)),
    generate: (text: string, name = "good", abort = signal) =>
      models.generate(requestFor(join(folder, name), text), abort),
    /** The events of an answer but for signs of life. */
    ask: async (text: string, name = "good") =>
      visible(await Array.fromAsync(models.generate(requestFor(join(folder, name), text), signal))),
    async [Symbol.asyncDispose]() {
      await root.stop();
      if (tracker.live().length > 0) throw new Error(`groups are left: ${tracker.live().join(", ")}`);
    },
  };
}

export type ModelsRig = Awaited<ReturnType<typeof startModels>>;

function requestFor(path: string, text: string): GenerateRequest {
  const messages = [{ role: "user" as const, blocks: [{ type: "text" as const, text }] }];
  return { path, load: {}, messages, tools: [], sampling: {} };
}

export function visible(events: readonly GenerateEvent[]): GenerateEvent[] {
  return events.filter(({ type }) => type !== "alive" && type !== "loading");
}

export function textIn(events: readonly GenerateEvent[]): string {
  return events.map((event) => (event.type === "text" ? event.text : "")).join("");
}

function branchOf(root: Supervisor): Supervisor {
  const handle = root.whichChildren().find(({ id }) => id === "models")?.handle;
  if (!(handle instanceof Supervisor)) throw new Error("the branch does not run");
  return handle;
}

function pidOf(root: Supervisor): number {
  const host = branchOf(root)
    .whichChildren()
    .find(({ id }) => id === "host")?.handle;
  if (typeof host !== "object" || host === null || !("pid" in host) || typeof host.pid !== "number")
    throw new Error("the process does not run");
  return host.pid;
}

/** Kills a child of the branch and waits until it runs again. */
export async function killChild(rig: ModelsRig, id: "loader" | "host"): Promise<void> {
  const info = () =>
    rig
      .branch()
      .whichChildren()
      .find((child) => child.id === id);
  const before = info();
  rig.branch().killChild(id);
  await until(`${id} runs again`, () => {
    const now = info();
    return now?.state === "running" && now.handle !== before?.handle;
  });
}
