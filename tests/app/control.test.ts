/** The socket of a chat, asked directly. */
import { expect, onTestFinished, setDefaultTimeout, spyOn, test } from "bun:test";
import { type ControlOptions, controlService } from "../../src/app/control.ts";
import { EventHub } from "../../src/app/observe.ts";
import type { RunRecorder } from "../../src/app/run-recorder.ts";
import type { TreeNode } from "../../src/app/tree-view.ts";
import type { SupervisionEvent } from "../../src/supervisor/spec.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";
import { eventually } from "../process/programs.ts";

setDefaultTimeout(60_000);

const EVENT: SupervisionEvent = {
  type: "child_started",
  path: "mcpchat",
  child: "one",
  pid: undefined,
} as never; // Its fields are not looked at.

/** A hub that counts who listens. */
class CountingHub extends EventHub {
  listeners = 0;
  override on(listener: (event: SupervisionEvent) => void): () => void {
    const end = super.on(listener);
    this.listeners++;
    let ended = false;
    return () => {
      if (!ended) this.listeners--;
      ended = true;
      end();
    };
  }
}

async function openControl(tree: () => TreeNode) {
  const folder = temporaryFolder();
  const hub = new CountingHub();
  let socket = "";
  const recorder: RunRecorder = {
    addGroup() {},
    removeGroup() {},
    setSocket(path) {
      socket = path ?? "";
    },
    close() {},
  };
  const servers = (): never => {
    throw new Error("the servers are\naway");
  };
  const options: ControlOptions = { folder, recorder, tree, servers, sourceOf: () => undefined, hub };
  const context = { signal: new AbortController().signal, attempt: 0, path: "mcpchat" };
  const running = await controlService(options).start(context);
  if (running === "ignore") throw new Error("it did not start");
  onTestFinished(() => running.stop("shutdown"));
  const unix = socket;
  const ask = (path: string, init: BunFetchRequestInit = {}) =>
    fetch(`http://mcpchat${path}`, { ...init, unix });
  return { hub, ask };
}

const node = (id: string): TreeNode => ({ id, state: "running", restarts: 0 }) as TreeNode; // Enough of one.

test("a fault is answered in one line and leaves the terminal alone", async () => {
  const written = spyOn(process.stderr, "write");
  const logged = spyOn(console, "error");
  onTestFinished(() => {
    written.mockRestore();
    logged.mockRestore();
  });
  const { ask } = await openControl(() => {
    throw new Error("no tree");
  });
  for (const path of ["/tree", "/servers"]) {
    const response = await ask(path);
    expect(response.status).toBe(500);
    expect(response.headers.get("content-type")).toContain("application/json");
    const body = await response.text();
    expect(body).toMatch(/^\{"error":"(no tree|the servers are away)"\}$/);
  }
  expect(written).not.toHaveBeenCalled();
  expect(logged).not.toHaveBeenCalled();
});

test("it tells whose it is, and that there is nothing elsewhere", async () => {
  const { ask } = await openControl(() => node("mcpchat"));
  expect(await (await ask("/")).json()).toEqual({ pid: process.pid });
  for (const path of ["/servers/%E0%A4%A/restart", "/other"]) {
    expect((await ask(path, { method: "POST" })).status).toBe(404);
  }
  expect((await ask("/servers/one/restart")).status).toBe(404);
});

test("who watches slowly gets the latest state, and is forgotten when they go", async () => {
  let made = 0;
  const { hub, ask } = await openControl(() => node(`${++made} ${"x".repeat(10_000)}`));
  const watching = await ask("/tree?watch");
  await eventually("the first state", () => made === 1);
  expect(hub.listeners).toBe(1);
  // What pipes and buffers take is taken; all else must be left out.
  for (let round = 0; round < 2000; round++) {
    hub.tell(EVENT);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(made).toBeLessThan(1000);
  await watching.body?.cancel();
  await eventually("nobody listens", () => {
    hub.tell(EVENT);
    return hub.listeners === 0;
  });
});

test("a tree that cannot be shown ends the watching", async () => {
  let broken = false;
  const { hub, ask } = await openControl(() => {
    if (broken) throw new Error("no tree");
    return node("mcpchat");
  });
  const watching = await ask("/tree?watch");
  await eventually("the watcher listens", () => hub.listeners === 1);
  broken = true;
  await eventually("nobody listens", () => {
    hub.tell(EVENT);
    return hub.listeners === 0;
  });
  await watching.text().catch(() => {});
});

test("a listener that throws keeps the event from nobody", () => {
  const hub = new EventHub();
  const heard: string[] = [];
  hub.on(() => {
    throw new Error("deaf");
  });
  hub.on(({ type }) => void heard.push(type));
  expect(() => hub.tell(EVENT)).not.toThrow();
  expect(heard).toEqual(["child_started"]);
});
