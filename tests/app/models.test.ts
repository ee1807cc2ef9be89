/** Models inside the executable as a service of the whole tree, with processes that need no model. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { TreeNode } from "../../src/app/tree-view.ts";
import type { GenerateEvent } from "../../src/models/port.ts";
import { type Rig, startRig, until } from "./rig.ts";

setDefaultTimeout(60_000);

const HOST = fileURLToPath(new URL("../fixtures/inference/host.ts", import.meta.url));
const DONE = { type: "done", stopReason: "end" } as const;

/** The whole tree, with what its inference processes have written down. */
async function startTree(toml = "", watch = false) {
  let log = "";
  const inference = (folder: string) => {
    log = path.join(folder, "inference.log");
    return [process.execPath, HOST, log] as const;
  };
  const rig = await startRig({ toml, watch, inference });
  return { rig, asked: () => (existsSync(log) ? readFileSync(log, "utf8") : "") };
}

function answer(rig: Rig, text: string): Promise<GenerateEvent[]> {
  const messages = [{ role: "user" as const, blocks: [{ type: "text" as const, text }] }];
  const request = { path: path.join(rig.folder, "good.gguf"), load: {}, messages, tools: [], sampling: {} };
  return Array.fromAsync(rig.app.models.generate(request, rig.app.signal));
}

function branchIn(tree: TreeNode): TreeNode | undefined {
  return tree.children?.find(({ id }) => id === "models");
}

test("nothing of it runs before it is needed", async () => {
  const { rig, asked } = await startTree();
  await using _rig = rig;
  expect(rig.app.models.loader.loaded()).toEqual([]);
  expect(await rig.app.models.loader.unload("/none.gguf")).toBe(false);
  await rig.ask("hi");
  expect(branchIn(rig.app.tree())).toBeUndefined();
  expect(asked()).toBe("");
});

test("the tree shows the process and what it has in memory", async () => {
  const { rig } = await startTree();
  await using _rig = rig;
  expect((await answer(rig, "hi")).at(-1)).toEqual(DONE);
  expect(branchIn(rig.app.tree())).toMatchObject({
    type: "supervisor",
    children: [
      { id: "loader", state: "running" },
      {
        id: "host",
        state: "running",
        pid: rig.groups.live()[0],
        children: [{ id: "good.gguf", state: "loaded" }],
      },
    ],
  });
});

test("kill -9: one line, what was loaded is there again, and the next answer comes", async () => {
  const { rig } = await startTree();
  await using _rig = rig;
  await answer(rig, "hi");
  const events = await answer(rig, "killed 2");
  const message = "the inference process crashed (killed by SIGKILL)";
  expect(events.at(-1)).toMatchObject({ type: "failed", problem: { code: "crashed", message } });
  await until("it is loaded again", () => rig.app.models.loader.loaded().length === 1);
  expect((await answer(rig, "hi")).at(-1)).toEqual(DONE);
  expect(rig.notices).toEqual([]);
});

test("a process that crashes too often ends neither the program nor its own chances", async () => {
  const { rig } = await startTree("[supervisor]\nmax_restarts = 1\n");
  await using _rig = rig;
  for (let round = 0; round < 3; round++) {
    expect((await answer(rig, "crash 1")).at(-1)).toMatchObject({ type: "failed" });
  }
  expect((await answer(rig, "hi")).at(-1)).toEqual(DONE);
  expect(await rig.ask("hi")).toMatchObject({ result: { stopReason: "end" } });
});

test("a change of the configuration counts at once", async () => {
  const { rig, asked } = await startTree("", true);
  await using _rig = rig;
  await answer(rig, "hi");
  rig.configure(`${rig.base}[models]\nidle_unload = 0.001\n`);
  await (await rig.app.services.need("config")).reload();
  await until("it is unloaded", () => asked().includes("unload good.gguf"));
  expect(rig.app.models.loader.loaded()).toEqual([]);
});
