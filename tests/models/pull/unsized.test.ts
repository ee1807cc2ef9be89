/** Models of which no server tells how large they are: they end where there is no more place. */
import { expect, test } from "bun:test";
import type { Network } from "../../../src/models/pull/request.ts";
import { modelContent } from "../../fixtures/hub/content.ts";
import type { FileBehaviour } from "../../fixtures/hub/files.ts";
import { IMPATIENT, startRig } from "./rig.ts";

const CONTENT = modelContent(50_000);
const ENDLESS: FileBehaviour = { content: CONTENT, ignoresRange: true, endless: true };
const MEMORY = { totalBytes: 400_000, availableBytes: 400_000 };

test("an endless one ends where the memory of the machine does, and keeps what is there", async () => {
  const rig = await startRig({ files: { "/tiny.gguf": ENDLESS } });
  expect(await rig.failure("/tiny.gguf", { memory: MEMORY })).toMatchObject({
    code: "too_large",
    exitCode: 4,
    message: "tiny needs more memory for its weights alone than the 400 kB that there are",
    advice: "choose a smaller model, or pull it all the same with --force: what is there is kept",
  });
  const kept = rig.files();
  expect(kept).toEqual(kept.length === 0 ? [] : ["tiny.gguf.partial", "tiny.gguf.partial.json"]);
  if (kept.length > 0) {
    expect(rig.content("tiny.gguf.partial").length).toBeLessThanOrEqual(MEMORY.totalBytes);
  }
});

test.each([true, false])("an endless one ends at the margin of the disk, with --force %p", async (force) => {
  const rig = await startRig({ files: { "/tiny.gguf": ENDLESS } });
  const partial = () =>
    rig.files().includes("tiny.gguf.partial") ? rig.content("tiny.gguf.partial").length : 0;
  const space = () => ({ freeBytes: 500_000 - partial(), totalBytes: 10_000_000 });
  const memory = force ? MEMORY : { totalBytes: 1e12, availableBytes: 1e12 };
  const error = await rig.failure("/tiny.gguf", { space, force, memory });
  expect(error).toMatchObject({ code: "no_room", exitCode: 3 });
  expect(error.message).toStartWith(`${rig.folder} has no room for `);
  // On a busy machine more than there is room for may come in one piece, and nothing of it is written.
  const kept = rig.files();
  expect(kept).toEqual(kept.length === 0 ? [] : ["tiny.gguf.partial", "tiny.gguf.partial.json"]);
  // A hundredth of the disk stays free.
  expect(partial()).toBeLessThanOrEqual(400_000);
});

test("one is loaded to its end where there is a place for it", async () => {
  const file = { content: CONTENT, ignoresRange: true, unsized: true };
  const rig = await startRig({ files: { "/tiny.gguf": file } });
  const space = () => ({ freeBytes: 60_000, totalBytes: 1_000_000 });
  expect(await rig.pull("/tiny.gguf", { memory: MEMORY, space })).toMatchObject({ checked: "nothing" });
  expect(rig.content("tiny.gguf")).toEqual(Buffer.from(CONTENT));
});

test.each([
  ["too_large", { memory: { totalBytes: 40_000, availableBytes: 0 } }],
  ["no_room", { space: () => ({ freeBytes: 50_100, totalBytes: 1_000_000 }) }],
])("one whose size is told late is measured by it: %s", async (code, options) => {
  const rig = await startRig({ files: { "/tiny.gguf": { content: CONTENT } } });
  // The look at the first bytes is answered without a size.
  const silent = (headers: Headers) => new Headers([...headers].filter(([name]) => name !== "content-range"));
  const network: Partial<Network> = {
    ...IMPATIENT,
    fetch: async (url, init) => {
      const { body, status, headers } = await fetch(url, init);
      return new Response(body, { status, headers: silent(headers) });
    },
  };
  expect(await rig.failure("/tiny.gguf", { ...options, network })).toMatchObject({ code });
  expect(rig.files()).toEqual([]);
});
