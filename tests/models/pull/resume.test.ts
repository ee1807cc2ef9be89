/** Downloads that break off, and how they go on. */
import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readPartialRecord } from "../../../src/models/partial.ts";
import { modelContent, WEB_PAGE } from "../../fixtures/hub/content.ts";
import type { FileBehaviour } from "../../fixtures/hub/files.ts";
import { digest } from "../../fixtures/hub/hub.ts";
import { type Rig, startRig } from "./rig.ts";

const BYTES = 300_000;
const CONTENT = modelContent(BYTES);
const REFERENCE = "hf:ada/tiny/tiny.gguf";

function rigWith(file: Partial<FileBehaviour> = {}): Promise<Rig> {
  return startRig({
    repositories: { "ada/tiny": { files: { "tiny.gguf": { content: CONTENT, ...file } } } },
  });
}

function ranges({ hub }: Rig): (string | undefined)[] {
  return hub.downloads().map(({ headers }) => headers.range);
}

/** As many failures as it takes until it is given up. */
const FIVE = [1, 2, 3, 4, 5];

describe("a connection that is cut", () => {
  test("is made again by itself, for the rest alone", async () => {
    const rig = await rigWith({ cuts: [100_000, 50_000] });
    const pulled = await rig.pull(REFERENCE);
    expect(pulled).toMatchObject({
      name: "tiny",
      bytes: BYTES,
      checked: "sha256",
      sha256: [digest(CONTENT)],
    });
    expect(rig.content("tiny.gguf")).toEqual(Buffer.from(CONTENT));
    expect(ranges(rig)).toEqual([undefined, "bytes=100000-", "bytes=150000-"]);
    expect(rig.hub.downloads().map(({ headers }) => headers["if-range"])).toEqual([
      undefined,
      expect.stringMatching(/^"/),
      expect.stringMatching(/^"/),
    ]);
    expect(rig.files()).toEqual(["tiny.gguf"]);
  });

  test("again and again ends in one line, keeps what is there, and the next pull goes on", async () => {
    const file: FileBehaviour = { content: CONTENT, cuts: FIVE.map(() => 10_000) };
    const rig = await rigWith(file);
    const error = await rig.failure(REFERENCE);
    expect(error).toMatchObject({
      code: "unavailable",
      exitCode: 5,
      message: `${rig.hub.url} broke off the connection`,
      advice: "try again: what is there is kept",
    });
    expect(rig.files()).toEqual(["tiny.gguf.partial", "tiny.gguf.partial.json"]);
    expect(rig.content("tiny.gguf.partial")).toEqual(Buffer.from(CONTENT.subarray(0, 50_000)));
    expect(readPartialRecord(join(rig.folder, "tiny.gguf"))).toMatchObject({
      reference: REFERENCE,
      size: BYTES,
    });
    expect(await rig.pull(REFERENCE)).toMatchObject({ bytes: BYTES, checked: "sha256" });
    expect(ranges(rig).at(-1)).toBe("bytes=50000-");
    expect(rig.files()).toEqual(["tiny.gguf"]);
  });

  test("is forgotten as soon as a megabyte has come", async () => {
    const content = modelContent(12_000_000);
    const rig = await rigWith({ content, cuts: Array.from({ length: 9 }, () => 1_200_000) });
    expect(await rig.pull(REFERENCE)).toMatchObject({ bytes: content.length });
    expect(rig.hub.downloads()).toHaveLength(10);
    expect(rig.events.filter(({ type }) => type === "retrying")).toHaveLength(9);
  });
});

describe("what is there of an earlier pull", () => {
  /** A rig in which the first 100,000 bytes were pulled, and what the server does from then on. */
  async function interrupted(
    before: Partial<FileBehaviour> = {},
  ): Promise<{ rig: Rig; file: FileBehaviour }> {
    const file: FileBehaviour = { content: CONTENT, cuts: [100_000, ...FIVE.map(() => 0)], ...before };
    const rig = await startRig({ repositories: { "ada/tiny": { files: { "tiny.gguf": file } } } });
    expect((await rig.failure(REFERENCE)).code).toBe("unavailable");
    expect(rig.content("tiny.gguf.partial")).toHaveLength(100_000);
    file.cuts = [];
    rig.events.length = 0;
    rig.hub.requests.length = 0;
    return { rig, file };
  }

  function restarts({ events }: Rig): string[] {
    return events.flatMap((event) => (event.type === "restarted" ? [event.why] : []));
  }

  test("is looked at before it goes on, so that the checksum is that of the whole", async () => {
    const { rig } = await interrupted();
    expect(await rig.pull(REFERENCE)).toMatchObject({ sha256: [digest(CONTENT)] });
    expect(rig.events).toContainEqual({ type: "checking", bytes: 100_000, totalBytes: BYTES });
    expect(ranges(rig)).toEqual(["bytes=100000-"]);
    expect(restarts(rig)).toEqual([]);
  });

  test("is begun anew when the server knows no ranges", async () => {
    const { rig, file } = await interrupted();
    file.ignoresRange = true;
    expect(await rig.pull(REFERENCE)).toMatchObject({ sha256: [digest(CONTENT)] });
    expect(restarts(rig)).toEqual(["the server begins anew"]);
  });

  test("is begun anew when the server sends another range than was asked for", async () => {
    const { rig, file } = await interrupted();
    file.wrongRange = true;
    expect(await rig.pull(REFERENCE)).toMatchObject({ sha256: [digest(CONTENT)] });
    expect(restarts(rig)).toEqual(["the server begins anew"]);
  });

  test("is begun anew when the file has changed, though not its size", async () => {
    const { rig, file } = await interrupted();
    file.content = modelContent(BYTES, 2);
    expect(await rig.pull(REFERENCE)).toMatchObject({ sha256: [digest(file.content)] });
    expect(restarts(rig)).toEqual(["it is part of another file"]);
    expect(ranges(rig)).toEqual([undefined]);
  });

  test("is kept when the server has nothing but a web page for it, and goes on later", async () => {
    const { rig, file } = await interrupted();
    file.ignoresRange = true;
    file.unsized = true;
    file.instead = [WEB_PAGE];
    expect(await rig.failure(REFERENCE)).toMatchObject({ code: "not_gguf", exitCode: 4 });
    expect(rig.content("tiny.gguf.partial")).toEqual(Buffer.from(CONTENT.subarray(0, 100_000)));
    file.ignoresRange = false;
    expect(await rig.pull(REFERENCE)).toMatchObject({ sha256: [digest(CONTENT)] });
    expect(ranges(rig).at(-1)).toBe("bytes=100000-");
  });

  test("is begun anew when nothing is known of it", async () => {
    const { rig } = await interrupted();
    writeFileSync(join(rig.folder, "tiny.gguf.partial.json"), "{");
    expect(await rig.pull(REFERENCE)).toMatchObject({ sha256: [digest(CONTENT)] });
    expect(restarts(rig)).toEqual(["nothing is known of it"]);
  });

  test("is begun anew when it is longer than the file", async () => {
    const { rig } = await interrupted();
    writeFileSync(join(rig.folder, "tiny.gguf.partial"), modelContent(BYTES + 1));
    expect(await rig.pull(REFERENCE)).toMatchObject({ sha256: [digest(CONTENT)] });
    expect(restarts(rig)).toEqual(["it is longer than the file"]);
  });

  test("needs no request for its content when all of it is there", async () => {
    const { rig } = await interrupted();
    writeFileSync(join(rig.folder, "tiny.gguf.partial"), CONTENT);
    expect(await rig.pull(REFERENCE)).toMatchObject({ sha256: [digest(CONTENT)], present: false });
    expect(ranges(rig)).toEqual([]);
  });
});

describe("a file of which nobody knows the checksum", () => {
  async function interruptedAt(file: FileBehaviour): Promise<Rig> {
    file.cuts = [100_000, ...FIVE.map(() => 0)];
    const rig = await startRig({ files: { "/tiny.gguf": file } });
    expect((await rig.failure("/tiny.gguf")).code).toBe("unavailable");
    file.cuts = [];
    rig.hub.requests.length = 0;
    return rig;
  }

  test("goes on by its ETag", async () => {
    const rig = await interruptedAt({ content: CONTENT });
    expect(await rig.pull("/tiny.gguf")).toMatchObject({ checked: "size", bytes: BYTES });
    expect(ranges(rig)).toEqual(["bytes=0-7", "bytes=100000-"]);
    expect(rig.content("tiny.gguf")).toEqual(Buffer.from(CONTENT));
  });

  test("is begun anew when its ETag is another one", async () => {
    const file: FileBehaviour = { content: CONTENT };
    const rig = await interruptedAt(file);
    file.content = modelContent(BYTES, 2);
    await rig.pull("/tiny.gguf");
    expect(rig.content("tiny.gguf")).toEqual(Buffer.from(file.content));
  });

  test.each([
    ["has neither ETag nor date", { unversioned: true }],
    ["has only a weak ETag", { etag: 'W/"1"' }],
  ])("is begun anew when it %s", async (_, more) => {
    const rig = await interruptedAt({ content: CONTENT, ...more });
    await rig.pull("/tiny.gguf");
    expect(ranges(rig)).toEqual(["bytes=0-7", undefined]);
    expect(rig.events).toContainEqual({
      type: "restarted",
      why: "there is no telling whether the file has changed",
    });
    expect(rig.content("tiny.gguf")).toEqual(Buffer.from(CONTENT));
  });

  test("and no size goes on until the server has no more", async () => {
    const rig = await interruptedAt({ content: CONTENT, unsized: true, ignoresRange: true });
    expect(await rig.pull("/tiny.gguf")).toMatchObject({ checked: "nothing", bytes: BYTES });
    expect(rig.content("tiny.gguf")).toEqual(Buffer.from(CONTENT));
  });
});

describe("a server that is busy", () => {
  test("is asked again", async () => {
    const rig = await rigWith({ statuses: [503, 429] });
    expect(await rig.pull(REFERENCE)).toMatchObject({ sha256: [digest(CONTENT)] });
    const retries = rig.events.flatMap((event) => (event.type === "retrying" ? [event.retrying] : []));
    expect(retries.map(({ attempt, error }) => [attempt, error.message])).toEqual([
      [2, `${rig.hub.url} failed (503)`],
      [3, `${rig.hub.url} limits the rate of requests (429)`],
    ]);
  });

  test("does not lose what is there", async () => {
    const rig = await rigWith({ cuts: [100_000], statuses: [undefined, 500, 502] });
    expect(await rig.pull(REFERENCE)).toMatchObject({ sha256: [digest(CONTENT)] });
    expect(ranges(rig)).toEqual([undefined, "bytes=100000-", "bytes=100000-", "bytes=100000-"]);
  });
});
