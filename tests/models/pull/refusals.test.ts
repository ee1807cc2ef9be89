/** Pulls that cannot be: each ends in one line with a code, and leaves nothing behind. */
import { describe, expect, onTestFinished, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { InterruptedError } from "../../../src/lib/errors.ts";
import type { PullEvent } from "../../../src/models/pull/events.ts";
import { lockPath, takeLock } from "../../../src/process/lock.ts";
import { modelContent } from "../../fixtures/hub/content.ts";
import type { FileBehaviour } from "../../fixtures/hub/files.ts";
import { digest, startHub } from "../../fixtures/hub/hub.ts";
import { temporaryFolder } from "../../fixtures/temporary-folder.ts";
import { IMPATIENT, startRig } from "./rig.ts";

const CONTENT = modelContent(50_000);
const TINY: Record<string, FileBehaviour> = { "tiny.gguf": { content: CONTENT } };

describe("a reference that means nothing", () => {
  test.each([
    ["tiny", "nothing can be pulled from tiny"],
    ["hf:ada", "this names no model on the hub: hf:ada"],
    ["hf:../tiny", "this names no model on the hub"],
    ["hf:ada/..", "this names no model on the hub"],
    ["hf:ada/tiny/../other/x.gguf", "this names no model on the hub"],
    ["hf:ada/tiny:Q4_0/x.gguf", "this names no model on the hub"],
    ["ftp://somewhere/x.gguf", "nothing can be pulled from ftp://somewhere/x.gguf"],
    ["http://example.com/x.gguf", "this is not a safe address: http://example.com/x.gguf"],
    ["https://", "this is not an address: https://"],
  ])("%s is a mistake in its use", async (reference, words) => {
    const rig = await startRig({});
    const error = await rig.failure(reference);
    expect(error.exitCode).toBe(2);
    expect(error.message).toContain(words);
    expect(rig.hub.requests).toEqual([]);
  });

  test.each(["../escape", "a/b", ".hidden", "-x", "a\0b", "a b", "", "demo"])(
    "the name %j is fit for no file",
    async (name) => {
      const rig = await startRig({ repositories: { "ada/tiny": { files: TINY } } });
      expect((await rig.failure("hf:ada/tiny", { name })).exitCode).toBe(2);
      expect(rig.hub.requests).toEqual([]);
    },
  );
});

describe("a hub that says no", () => {
  test("because there is no such repository", async () => {
    const rig = await startRig({});
    expect(await rig.failure("hf:ada/tiny")).toMatchObject({
      code: "not_found",
      exitCode: 4,
      message: `there is nothing at ${rig.hub.url}/api/models/ada/tiny (404)`,
      advice: "check the name; what is private needs HF_TOKEN",
    });
  });

  test("because it does not know who asks", async () => {
    const rig = await startRig({ repositories: { "ada/tiny": { files: TINY, token: "secret" } } });
    const error = await rig.failure("hf:ada/tiny");
    expect(error).toMatchObject({ code: "auth", exitCode: 4, advice: expect.stringContaining("HF_TOKEN") });
    const env = { HF_ENDPOINT: rig.hub.url, HF_TOKEN: "secret\n" };
    expect(await rig.pull("hf:ada/tiny", { env })).toMatchObject({ name: "tiny" });
  });

  test("because its conditions were not accepted", async () => {
    const rig = await startRig({
      repositories: { "ada/tiny": { files: TINY, token: "secret", gated: true } },
    });
    expect(await rig.failure("hf:ada/tiny")).toMatchObject({
      code: "gated",
      exitCode: 4,
      advice: `accept its conditions at ${rig.hub.url}, and set HF_TOKEN`,
    });
  });

  test("because there is no such file", async () => {
    const rig = await startRig({ repositories: { "ada/tiny": { files: TINY } } });
    expect(await rig.failure("hf:ada/tiny/tinny.gguf")).toMatchObject({
      code: "not_found",
      exitCode: 4,
      message: "ada/tiny has no model tinny.gguf",
      advice: "did you mean tiny.gguf?",
    });
  });

  test("because it is no hub", async () => {
    const rig = await startRig({ files: { "/api/models/ada/tiny": { content: CONTENT } } });
    expect(await rig.failure("hf:ada/tiny")).toMatchObject({ code: "refused", exitCode: 4 });
  });

  test("for a moment only is asked again", async () => {
    const rig = await startRig({ repositories: { "ada/tiny": { files: TINY } }, failures: [500, 429, 503] });
    expect(await rig.pull("hf:ada/tiny")).toMatchObject({ name: "tiny" });
  });
});

describe("a network", () => {
  test("that is down is one line, and exit 5", async () => {
    const rig = await startRig({});
    await rig.hub.stop();
    expect(await rig.failure("hf:ada/tiny")).toMatchObject({
      code: "unavailable",
      exitCode: 5,
      message: `${rig.hub.url} cannot be reached: connection refused`,
    });
    expect(rig.events.filter(({ type }) => type === "retrying")).toHaveLength(4);
  });

  test("in which a server falls silent is given up", async () => {
    const silent = { content: CONTENT, pause: { after: 1000, until: new Promise<void>(() => {}) } };
    const rig = await startRig({ repositories: { "ada/tiny": { files: { "tiny.gguf": silent } } } });
    const network = { ...IMPATIENT, quietMs: 50 };
    expect(await rig.failure("hf:ada/tiny", { network })).toMatchObject({ code: "unavailable", exitCode: 5 });
    expect(rig.files()).toEqual(["tiny.gguf.partial", "tiny.gguf.partial.json"]);
  });

  test("in which a server never answers is given up", async () => {
    const rig = await startRig({});
    const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    onTestFinished(() => server.stop(true));
    const reference = `http://127.0.0.1:${server.port}/tiny.gguf`;
    const error = await rig.failure(reference, { network: { ...IMPATIENT, headersMs: 50 } });
    expect(error).toMatchObject({ code: "unavailable", exitCode: 5 });
    expect(error.message).toBe(`http://127.0.0.1:${server.port} did not answer in 0.05 s`);
  });
});

describe("a redirect", () => {
  test("to another host is followed without the token", async () => {
    const store = await startHub({ files: { "/blob/1": { content: CONTENT } } });
    onTestFinished(() => store.stop());
    const moved = { content: CONTENT, redirect: `${store.url}/blob/1` };
    const rig = await startRig({
      repositories: { "ada/tiny": { files: { "tiny.gguf": moved }, token: "secret" } },
    });
    const env = { HF_ENDPOINT: rig.hub.url, HF_TOKEN: "secret" };
    expect(await rig.pull("hf:ada/tiny", { env })).toMatchObject({ name: "tiny", sha256: [digest(CONTENT)] });
    expect(rig.hub.requests.map(({ headers }) => headers.authorization)).toEqual(
      Array.from({ length: 3 }, () => "Bearer secret"),
    );
    expect(store.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  test("from another host does not bring the token along", async () => {
    const rig = await startRig({ files: { "/there.gguf": { content: CONTENT } } });
    const env = { HF_ENDPOINT: "https://hub.example", HF_TOKEN: "secret" };
    await rig.pull("/there.gguf", { env });
    expect(rig.hub.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
  });

  test.each([
    ["without end", "/tiny.gguf", "redirects without end"],
    [
      "to what is not safe",
      "http://example.com/x",
      "redirects to http://example.com/x, which is not a safe address",
    ],
    [
      "to a file of this machine",
      "file:///etc/passwd",
      "redirects to file:///etc/passwd, which is not a safe address",
    ],
  ])("%s is refused", async (_, redirect, words) => {
    const rig = await startRig({ files: { "/tiny.gguf": { content: CONTENT, redirect } } });
    const error = await rig.failure("/tiny.gguf");
    expect(error).toMatchObject({ code: "refused", exitCode: 4 });
    expect(error.message).toContain(words);
  });

  test("from https to http is refused", async () => {
    const rig = await startRig({ files: { "/tiny.gguf": { content: CONTENT } } });
    const fetch = async () =>
      new Response(null, { status: 302, headers: { location: `${rig.hub.url}/tiny.gguf` } });
    const error = await rig.failure("https://example.com/tiny.gguf", { network: { ...IMPATIENT, fetch } });
    expect(error).toMatchObject({ code: "refused", exitCode: 4 });
    expect(rig.hub.requests).toEqual([]);
  });
});

describe("no place", () => {
  const MEMORY = { totalBytes: 40_000, availableBytes: 1_000 };
  const SPACE = { freeBytes: 50_100, totalBytes: 1_000_000 };

  test("in memory is told before anything is loaded, and overruled with --force", async () => {
    const rig = await startRig({ repositories: { "ada/tiny": { files: TINY } } });
    expect(await rig.failure("hf:ada/tiny", { memory: MEMORY })).toMatchObject({
      code: "too_large",
      exitCode: 4,
      message: "tiny needs 50 kB of memory for its weights alone, and there are 40 kB",
    });
    expect(rig.hub.downloads()).toEqual([]);
    expect(await rig.pull("hf:ada/tiny", { memory: MEMORY, force: true })).toMatchObject({ name: "tiny" });
  });

  test("on the disk is told before anything is loaded, a margin included", async () => {
    const rig = await startRig({ repositories: { "ada/tiny": { files: TINY } } });
    const error = await rig.failure("hf:ada/tiny", { space: () => SPACE, force: true });
    expect(error).toMatchObject({ code: "no_room", exitCode: 3 });
    expect(error.message).toBe(`${rig.folder} has no room for 50 kB more: 50 kB are free`);
    expect(rig.hub.downloads()).toEqual([]);
    const enough = { ...SPACE, freeBytes: 60_000 };
    expect(await rig.pull("hf:ada/tiny", { space: () => enough })).toMatchObject({ name: "tiny" });
  });

  test("is needed for what is not there yet alone", async () => {
    const file: FileBehaviour = { content: CONTENT, cuts: [30_000, 0, 0, 0, 0] };
    const rig = await startRig({ repositories: { "ada/tiny": { files: { "tiny.gguf": file } } } });
    await rig.failure("hf:ada/tiny");
    const space = () => ({ freeBytes: 30_001, totalBytes: 1_000_000 });
    expect(await rig.pull("hf:ada/tiny", { space })).toMatchObject({ name: "tiny" });
  });

  test("where a file stands in the way of the folder", async () => {
    const file = join(temporaryFolder(), "models");
    writeFileSync(file, "");
    const rig = await startRig({ repositories: { "ada/tiny": { files: TINY } } });
    expect(await rig.failure("hf:ada/tiny", { folder: file })).toMatchObject({ code: "disk", exitCode: 3 });
  });
});

describe("two pulls of the same model", () => {
  test("exclude each other", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const file = { content: CONTENT, pause: { after: 1000, until: promise } };
    const rig = await startRig({ repositories: { "ada/tiny": { files: { "tiny.gguf": file } } } });
    const begun = Promise.withResolvers<void>();
    const onEvent = ({ type }: PullEvent) => type === "progress" && begun.resolve();
    const first = rig.pull("hf:ada/tiny", { onEvent });
    await begun.promise;
    expect(await rig.failure("hf:ada/tiny")).toMatchObject({
      code: "busy",
      exitCode: 2,
      message: `tiny is being pulled already, by process ${process.pid}`,
    });
    resolve();
    expect(await first).toMatchObject({ name: "tiny" });
    expect(rig.files()).toEqual(["tiny.gguf"]);
  });

  test("may be of different models", async () => {
    const rig = await startRig({ repositories: { "ada/tiny": { files: TINY } } });
    const [one, other] = await Promise.all([
      rig.pull("hf:ada/tiny"),
      rig.pull("hf:ada/tiny", { name: "copy" }),
    ]);
    expect([one.name, other.name]).toEqual(["tiny", "copy"]);
  });

  test("are not hindered by the lock of a process that is gone", async () => {
    const rig = await startRig({ repositories: { "ada/tiny": { files: TINY } } });
    await rig.pull("hf:ada/tiny", { name: "other" });
    const file = lockPath(rig.folder, "tiny");
    expect(takeLock(file).kind).toBe("taken");
    const owner = JSON.parse(await Bun.file(file).text());
    writeFileSync(file, JSON.stringify({ ...owner, startTime: "0" }));
    expect(await rig.pull("hf:ada/tiny")).toMatchObject({ name: "tiny" });
    expect(rig.files()).toEqual(["other.gguf", "tiny.gguf"]);
  });
});

test("an interruption stops at once, and keeps what is there", async () => {
  const file = { content: CONTENT, pause: { after: 20_000, until: new Promise<void>(() => {}) } };
  const rig = await startRig({ repositories: { "ada/tiny": { files: { "tiny.gguf": file } } } });
  const stopped = new AbortController();
  const onEvent = (event: PullEvent) => {
    if (event.type === "progress" && event.bytes >= 20_000) stopped.abort(new InterruptedError());
  };
  const error = await rig.failure("hf:ada/tiny", { onEvent, signal: stopped.signal });
  expect(error).toBeInstanceOf(InterruptedError);
  expect(rig.files()).toEqual(["tiny.gguf.partial", "tiny.gguf.partial.json"]);
  expect(rig.content("tiny.gguf.partial")).toEqual(Buffer.from(CONTENT.subarray(0, 20_000)));
});
