/** Pulling from the hub and from addresses: what is asked, what is checked, and where it ends up. */
import { describe, expect, test } from "bun:test";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { listModels } from "../../../src/models/folder/scan.ts";
import { LFS_POINTER, modelContent, WEB_PAGE } from "../../fixtures/hub/content.ts";
import type { FileBehaviour } from "../../fixtures/hub/files.ts";
import { digest, type HubOptions } from "../../fixtures/hub/hub.ts";
import { startRig } from "./rig.ts";

const CONTENT = modelContent(50_000);
const OTHER = modelContent(50_000, 2);
const COMMIT = "0123456789abcdef0123456789abcdef01234567";

function repository(files: Record<string, FileBehaviour>, more: object = {}): HubOptions {
  return { repositories: { "ada/tiny": { files, ...more } } };
}

describe("a model of the hub", () => {
  test("is whole, checked, private, and called like its file", async () => {
    const rig = await startRig(
      repository({ "tiny-Q8_0.gguf": { content: CONTENT }, "README.md": { content: OTHER } }),
    );
    expect(await rig.pull("hf:ada/tiny")).toEqual({
      name: "tiny-Q8_0",
      path: join(rig.folder, "tiny-Q8_0.gguf"),
      bytes: 50_000,
      parts: 1,
      checked: "sha256",
      sha256: [digest(CONTENT)],
      present: false,
    });
    expect(rig.files()).toEqual(["tiny-Q8_0.gguf"]);
    expect(rig.content("tiny-Q8_0.gguf")).toEqual(Buffer.from(CONTENT));
    expect(statSync(rig.folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(rig.folder, "tiny-Q8_0.gguf")).mode & 0o777).toBe(0o600);
    expect(rig.hub.requests.map(({ path }) => path)).toEqual([
      "/api/models/ada/tiny",
      `/api/models/ada/tiny/tree/${COMMIT}?recursive=true`,
      `/ada/tiny/resolve/${COMMIT}/tiny-Q8_0.gguf`,
    ]);
    expect(rig.events[0]).toEqual({ type: "planned", name: "tiny-Q8_0", parts: 1, bytes: 50_000 });
    expect(rig.events.at(-1)).toEqual({ type: "progress", bytes: 50_000, totalBytes: 50_000 });
  });

  test.each([
    ["its file", "hf:ada/tiny/deep/tiny-Q8_0.gguf"],
    ["its file without the ending", "hf:ada/tiny/deep/tiny-Q8_0"],
    ["its quantisation", "hf:ada/tiny:q8_0"],
    ["the address of its file", "/ada/tiny/resolve/main/deep/tiny-Q8_0.gguf?download=true"],
    ["the address that a browser shows", "/ada/tiny/blob/main/deep/tiny-Q8_0.gguf"],
  ])("is found by %s", async (_, reference) => {
    const files = { "tiny-Q4_0.gguf": { content: OTHER }, "deep/tiny-Q8_0.gguf": { content: CONTENT } };
    const rig = await startRig(repository(files));
    expect(await rig.pull(reference)).toMatchObject({ name: "tiny-Q8_0", sha256: [digest(CONTENT)] });
  });

  test("is found on a later page of a large repository", async () => {
    const others = Array.from({ length: 7 }, (_, index) => [`${index}.txt`, { content: OTHER }] as const);
    const files = { ...Object.fromEntries(others), "tiny.gguf": { content: CONTENT } };
    const rig = await startRig({ ...repository(files), pageSize: 3 });
    expect(await rig.pull("hf:ada/tiny")).toMatchObject({ name: "tiny" });
  });

  test("in several parts appears as one, when the last is there", async () => {
    const contents = [1, 2, 3].map((seed) => modelContent(20_000 + seed, seed));
    const parts = contents.map(
      (content, index) => [`big-0000${index + 1}-of-00003.gguf`, { content }] as const,
    );
    const last: FileBehaviour = { content: contents[2] ?? CONTENT, statuses: [403] };
    const files = { ...Object.fromEntries(parts), "big-00003-of-00003.gguf": last };
    const rig = await startRig(repository(files));
    expect(await rig.failure("hf:ada/tiny")).toMatchObject({ exitCode: 4 });
    expect(rig.files().filter((name) => name.endsWith(".gguf"))).toEqual([]);
    rig.hub.requests.length = 0;
    expect(await rig.pull("hf:ada/tiny/big.gguf")).toMatchObject({
      name: "big",
      parts: 3,
      bytes: 60_006,
      sha256: contents.map(digest),
    });
    expect(rig.files()).toEqual(parts.map(([name]) => name));
    expect(rig.hub.downloads().map(({ path }) => path.slice(-23))).toEqual(["big-00003-of-00003.gguf"]);
    expect(rig.events.at(-1)).toMatchObject({ bytes: 60_006, totalBytes: 60_006 });
  });

  test("of which some parts are in their places lacks the others alone, and is none until then", async () => {
    const contents = [1, 2].map((seed) => modelContent(10_000, seed));
    const files = {
      "big-00001-of-00002.gguf": { content: contents[0] ?? CONTENT },
      "big-00002-of-00002.gguf": { content: contents[1] ?? CONTENT },
    };
    const rig = await startRig(repository(files));
    mkdirSync(rig.folder);
    writeFileSync(join(rig.folder, "big-00002-of-00002.gguf"), contents[1] ?? CONTENT);
    expect(listModels(rig.folder)).toEqual([]);
    expect(await rig.pull("hf:ada/tiny")).toMatchObject({ present: false, sha256: contents.map(digest) });
    expect(listModels(rig.folder)).toMatchObject([{ name: "big", parts: 2, bytes: 20_000 }]);
    expect(rig.hub.downloads()).toHaveLength(1);
  });

  test("that is there already is not loaded again", async () => {
    const rig = await startRig(repository({ "tiny.gguf": { content: CONTENT } }));
    await rig.pull("hf:ada/tiny");
    expect(await rig.pull("hf:ada/tiny")).toMatchObject({ present: true, sha256: [digest(CONTENT)] });
    expect(rig.hub.downloads()).toHaveLength(1);
  });

  test("does not take the place of another one of its name", async () => {
    const other = { files: { "tiny.gguf": { content: OTHER } } };
    const rig = await startRig({
      repositories: { "ada/tiny": { files: { "tiny.gguf": { content: CONTENT } } }, "bob/tiny": other },
    });
    await rig.pull("hf:ada/tiny");
    expect(await rig.failure("hf:bob/tiny")).toMatchObject({
      code: "exists",
      exitCode: 2,
      message: "there is another model called tiny",
      advice: expect.stringContaining("--name"),
    });
    expect(rig.content("tiny.gguf")).toEqual(Buffer.from(CONTENT));
    expect(await rig.pull("hf:bob/tiny", { name: "bobs-tiny" })).toMatchObject({ name: "bobs-tiny" });
    expect(rig.files()).toEqual(["bobs-tiny.gguf", "tiny.gguf"]);
  });

  test("does not take the name of one in several parts", async () => {
    const rig = await startRig(repository({ "tiny.gguf": { content: CONTENT } }));
    mkdirSync(rig.folder);
    writeFileSync(join(rig.folder, "tiny-00001-of-00002.gguf"), CONTENT);
    expect((await rig.failure("hf:ada/tiny")).code).toBe("exists");
  });

  test("with a name that means harm is harmless", async () => {
    const files = { "..\\..\\\u001b[31m-evil name\u202e.gguf": { content: CONTENT } };
    const rig = await startRig(repository(files));
    expect(await rig.pull("hf:ada/tiny")).toMatchObject({ name: "evil-name" });
    expect(rig.files()).toEqual(["evil-name.gguf"]);
  });
});

describe("what comes", () => {
  test("with another checksum is refused and removed", async () => {
    const rig = await startRig(repository({ "tiny.gguf": { content: CONTENT, instead: [OTHER] } }));
    const error = await rig.failure("hf:ada/tiny");
    expect(error).toMatchObject({ code: "checksum", exitCode: 4 });
    expect(error.message).toContain(digest(CONTENT));
    expect(error.message).toContain(digest(OTHER));
    expect(rig.files()).toEqual([]);
    expect(await rig.pull("hf:ada/tiny")).toMatchObject({ sha256: [digest(CONTENT)] });
  });

  test("has to have the checksum that the user knows", async () => {
    const rig = await startRig({ files: { "/tiny.gguf": { content: CONTENT } } });
    expect(await rig.failure("/tiny.gguf", { sha256: digest(OTHER) })).toMatchObject({ code: "checksum" });
    expect(rig.files()).toEqual([]);
    expect(await rig.pull("/tiny.gguf", { sha256: digest(CONTENT) })).toMatchObject({ checked: "sha256" });
  });

  test("is not loaded at all when the hub itself knows another checksum", async () => {
    const rig = await startRig(repository({ "tiny.gguf": { content: CONTENT } }));
    const error = await rig.failure("hf:ada/tiny", { sha256: digest(OTHER) });
    expect(error).toMatchObject({ code: "checksum", exitCode: 4 });
    expect(rig.hub.downloads()).toEqual([]);
  });

  test.each([
    ["a web page", WEB_PAGE, "is not a GGUF model but a web page"],
    ["a pointer of Git LFS", LFS_POINTER, "is not a GGUF model but a pointer of Git LFS"],
    ["nothing", new Uint8Array(), "is empty"],
    ["two letters", new Uint8Array([71, 71]), "is not a GGUF model"],
  ])("from an address and is %s is refused before the rest", async (_, content, words) => {
    const rig = await startRig({ files: { "/tiny.gguf": { content } } });
    const error = await rig.failure("/tiny.gguf");
    expect(error).toMatchObject({ code: "not_gguf", exitCode: 4 });
    expect(error.message).toBe(`${rig.hub.url}/tiny.gguf ${words}`);
    expect(rig.files()).toEqual([]);
    expect(rig.hub.requests.map(({ headers }) => headers.range)).toEqual(["bytes=0-7"]);
  });

  test("from the hub and is a web page is refused at its beginning", async () => {
    // More than a client could ever load: it has to stop by itself.
    const endless = new Promise<void>(() => {});
    const page = new Uint8Array(200_000);
    page.set(WEB_PAGE);
    const file = { content: CONTENT, instead: [page], unsized: true, pause: { after: 1000, until: endless } };
    const rig = await startRig(repository({ "tiny.gguf": file }));
    expect(await rig.failure("hf:ada/tiny")).toMatchObject({ code: "not_gguf" });
    expect(rig.files()).toEqual([]);
  });

  test("in another size than the hub told is refused", async () => {
    const rig = await startRig(repository({ "tiny.gguf": { content: CONTENT, claimed: { size: 60_000 } } }));
    expect(await rig.failure("hf:ada/tiny")).toMatchObject({ code: "size", exitCode: 4 });
    expect(rig.files()).toEqual([]);
  });

  test("without end is refused once it is too much", async () => {
    const file = { content: CONTENT, claimed: { size: 40_000 }, unsized: true };
    const rig = await startRig(repository({ "tiny.gguf": file }));
    expect(await rig.failure("hf:ada/tiny")).toMatchObject({ code: "size", exitCode: 4 });
    expect(rig.files()).toEqual([]);
  });
});

describe("a model at an address", () => {
  test("is called like the file there, and checked by its size", async () => {
    const rig = await startRig({
      files: { "/a/Tiny%20model": { content: CONTENT }, "/a/Tiny model": { content: CONTENT } },
    });
    expect(await rig.pull("/a/Tiny%20model?token=secret")).toMatchObject({
      name: "Tiny-model",
      checked: "size",
    });
    expect(rig.files()).toEqual(["Tiny-model.gguf"]);
  });

  test("in several parts is pulled whole", async () => {
    const contents = [1, 2].map((seed) => modelContent(10_000, seed));
    const rig = await startRig({
      files: {
        "/big-00001-of-00002.gguf": { content: contents[0] ?? CONTENT },
        "/big-00002-of-00002.gguf": { content: contents[1] ?? CONTENT },
      },
    });
    expect(await rig.pull("/big-00001-of-00002.gguf")).toMatchObject({
      name: "big",
      parts: 2,
      bytes: 20_000,
    });
    const error = await rig.failure("/big-00001-of-00002.gguf", { name: "b", sha256: digest(CONTENT) });
    expect(error).toMatchObject({ exitCode: 2, message: "--sha256 is for a single file, and b has 2 parts" });
  });

  test("that is there already, with a size that fits, is not loaded again", async () => {
    const rig = await startRig({ files: { "/tiny.gguf": { content: CONTENT } } });
    await rig.pull("/tiny.gguf");
    expect(await rig.pull("/tiny.gguf")).toMatchObject({ present: true, sha256: [null] });
  });
});
