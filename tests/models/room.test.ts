/** More models than fit into memory, with real ones: the one that was used last stays. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { bigramModel, SENTENCE } from "../fixtures/models/models.ts";
import { startModels, textIn } from "./rig.ts";

setDefaultTimeout(60_000);

const SMALL_MACHINE = fileURLToPath(new URL("../fixtures/inference/small-machine.ts", import.meta.url));
const MEGABYTE = 2 ** 20;

function machineOf(totalBytes: number) {
  return startModels({ command: [process.execPath, SMALL_MACHINE, String(totalBytes)] });
}

/** The memory that a model of the test's is said to need, in bytes. */
async function needOf(path: string): Promise<number> {
  await using rig = await machineOf(1024 * MEGABYTE);
  return (await rig.models.inspection.info(path, {}, new AbortController().signal)).memoryBytes;
}

test("the model that was used longest ago makes room, though the system counts what it takes as free", async () => {
  const [one, two, three] = await Promise.all(
    ["one", "two", "three"].map((name) => bigramModel({ name, sentence: SENTENCE })),
  );
  if (!one || !two || !three) throw new Error("there are three");
  const need = await needOf(one);
  // Room for two and a half, beside what is left to others.
  await using rig = await machineOf((2.5 * need) / 0.9);
  const use = async (path: string) => {
    const { signal } = new AbortController();
    const messages = [{ role: "user" as const, blocks: [{ type: "text" as const, text: "hi" }] }];
    const request = { path, load: {}, messages, tools: [], sampling: {} };
    return textIn(await Array.fromAsync(rig.models.generate(request, signal)));
  };
  const loaded = () => rig.models.loader.loaded().map(({ path }) => path);
  expect(await use(one)).toBe(SENTENCE);
  expect(await use(two)).toBe(SENTENCE);
  expect(loaded().sort()).toEqual([one, two].sort());
  expect(await use(one)).toBe(SENTENCE);
  expect(await use(three)).toBe(SENTENCE);
  expect(loaded().sort()).toEqual([one, three].sort());
  expect(await use(two)).toBe(SENTENCE);
  expect(loaded().sort()).toEqual([two, three].sort());
  expect(rig.notices).toEqual([]);
});

test("a model that does not fit by itself is refused", async () => {
  const path = await bigramModel();
  const need = await needOf(path);
  await using rig = await machineOf(need);
  const { signal } = new AbortController();
  const refused = rig.models.loader.load(path, {}, () => {}, signal);
  await expect(refused).rejects.toMatchObject({ code: "too_large", message: expect.stringContaining(path) });
  expect(rig.models.loader.loaded()).toEqual([]);
});

test("a bench is known to the loader, and makes room as any other use does", async () => {
  const path = await bigramModel();
  await using rig = await machineOf(1024 * MEGABYTE);
  const { signal } = new AbortController();
  const rows = await rig.models.inspection.bench(path, { threads: 1 }, () => {}, signal);
  expect(rows.length).toBeGreaterThan(0);
  expect(rig.models.loader.loaded()).toMatchObject([{ path }]);
});
