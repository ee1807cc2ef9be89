/** What becomes of a prompt, of what is attached to it and of what it mentions, in the whole tree. */
import { describe, expect, onTestFinished, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type AttachRequest, readAttachmentsFor } from "../../src/app/attach.ts";
import { openServers } from "../../src/app/servers.ts";
import { describeError, UserError } from "../../src/lib/errors.ts";
import { noisyPng, pdf, plainPng } from "../attachments/pictures.ts";
import { FakeClock, settled } from "../fixtures/fake-clock.ts";
import { type Rig, startRig } from "./rig.ts";

setDefaultTimeout(60_000);

const CONTENT_SERVER = fileURLToPath(new URL("../fixtures/mcp-servers/content.mjs", import.meta.url));
const NOTES = `[mcp.servers.notes]\ncommand = "node"\nargs = [${JSON.stringify(CONTENT_SERVER)}]\n`;

function read(rig: Rig, prompt: string, more: Partial<AttachRequest> = {}) {
  const notify = (level: string, text: string) => void rig.notices.push(`${level}: ${text}`);
  const { env } = rig.world;
  return readAttachmentsFor(rig.app, {
    prompt,
    cwd: rig.folder,
    env,
    notify,
    signal: rig.app.signal,
    ...more,
  });
}

async function refusal(reading: Promise<unknown>): Promise<string> {
  const error = await reading.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!(error instanceof UserError)) throw new Error("no refusal", { cause: error });
  expect(error.exitCode).toBe(2);
  return describeError(error);
}

function serve(body: string | Uint8Array, contentType: string) {
  const answer = () => new Response(body, { headers: { "content-type": contentType } });
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: answer });
  onTestFinished(() => void server.stop(true));
  return `http://127.0.0.1:${server.port}`;
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

describe("a message", () => {
  test("without attachments is its prompt and its standard input, and nothing where there is neither", async () => {
    await using rig = await startRig();
    const stdin = async () => "piped @file:nowhere\n";
    expect(await read(rig, "ask me@file:x", { stdin })).toEqual([
      { type: "text", text: "ask me@file:x\n\npiped @file:nowhere" },
    ]);
    expect(await read(rig, " ")).toEqual([]);
  });

  test("is without the backslashes that keep something from being attached, and no others", async () => {
    await using rig = await startRig();
    const prompt = "\\@file:x, (\\@url:http://a b) \\@other:y \\n";
    const text = "@file:x, (@url:http://a b) \\@other:y \\n";
    expect(await read(rig, prompt)).toEqual([{ type: "text", text }]);
  });

  test("has its texts in one block, and its media after it, in their order and by their names", async () => {
    await using rig = await startRig();
    const [png, paper] = [plainPng(), pdf()];
    writeFileSync(join(rig.folder, "a.txt"), "one\n");
    writeFileSync(join(rig.folder, "b c.pdf"), paper);
    writeFileSync(join(rig.folder, "misnamed.txt"), png);
    const prompt = 'compare @file:misnamed.txt, @file:"b c.pdf" and @file:a.txt (@file:a.txt!)';
    expect(await read(rig, prompt, { files: ["a.txt"], stdin: async () => undefined })).toEqual([
      {
        type: "text",
        text: `${prompt}\n\nFile a.txt:\n\none\n\nAttached, in this order: misnamed.txt, b c.pdf`,
      },
      { type: "media", mediaType: "image/png", data: base64(png), name: "misnamed.txt" },
      { type: "media", mediaType: "application/pdf", data: base64(paper), name: "b c.pdf" },
    ]);
  });

  test("may be an image alone", async () => {
    await using rig = await startRig();
    writeFileSync(join(rig.folder, "a.png"), plainPng());
    expect(await read(rig, "", { files: ["a.png"] })).toEqual([
      { type: "media", mediaType: "image/png", data: base64(plainPng()), name: "a.png" },
    ]);
  });

  test("is not sent when something in it cannot be read, and standard input is not waited for then", async () => {
    await using rig = await startRig();
    const stdin = () => Promise.reject(new Error("read"));
    expect(await refusal(read(rig, "see @file:missing.txt.", { stdin }))).toBe(
      "missing.txt: there is no such file; name a file that can be read",
    );
    expect(await refusal(read(rig, "see @url:nowhere", { stdin }))).toContain("nowhere: is no address");
    for (const kind of ["file", "url"]) {
      const long = await refusal(read(rig, `@${kind}:${"x/:".repeat(30_000)}`, { stdin }));
      expect(long.length).toBeLessThan(300);
    }
    const many = Array.from({ length: 101 }, (_, index) => `${index}.txt`);
    expect(await refusal(read(rig, "", { files: many }))).toContain("101 attachments; at most 100");
  });

  test("is bounded for one and for all of its attachments", async () => {
    await using rig = await startRig({ toml: "[attachments]\nmax_bytes = 1000\n" });
    writeFileSync(join(rig.folder, "large.pdf"), pdf(1000));
    writeFileSync(join(rig.folder, "one.pdf"), pdf(500));
    writeFileSync(join(rig.folder, "two.pdf"), pdf(501));
    expect(await refusal(read(rig, "@file:large.pdf"))).toContain("large.pdf: too large: at most 1.0 kB");
    expect(await read(rig, "@file:one.pdf")).toHaveLength(2);
    expect(await refusal(read(rig, "@file:one.pdf @file:two.pdf"))).toContain("too large together");
  });

  test("with too much text is told that the configured limit does not help", async () => {
    await using rig = await startRig({ toml: "[attachments]\nmax_bytes = 30_000_000\n" });
    writeFileSync(join(rig.folder, "a.log"), Buffer.alloc(26_000_000, "a"));
    expect(await refusal(read(rig, "@file:a.log"))).toBe(
      "a.log: too large: 26 MB, at most 10 MB of text can be attached; " +
        "give a part of it; that is as much as a model reads, whatever max_bytes is",
    );
  });

  test("tells of an image that was scaled down", async () => {
    await using rig = await startRig();
    writeFileSync(join(rig.folder, "photo.png"), noisyPng(2200, 1000));
    await read(rig, "@file:photo.png");
    expect(rig.notices).toHaveLength(1);
    expect(rig.notices[0]).toStartWith("warn: photo.png: scaled down from 2200x1000 pixels");
  });
});

describe("reading that takes long", () => {
  const warnings = ({ notices }: Rig) => notices.filter((line) => line.includes("still reading"));

  test("of a pipe is told after a second, and goes on to the pipe's end", async () => {
    await using rig = await startRig();
    const clock = new FakeClock();
    expect(Bun.spawnSync(["mkfifo", join(rig.folder, "pipe")]).exitCode).toBe(0);
    const reading = read(rig, "", { files: ["pipe"], clock });
    while (clock.pending === 0) await settled();
    await clock.advance(999);
    expect(warnings(rig)).toEqual([]);
    await clock.advance(60_000);
    expect(warnings(rig)).toEqual(["warn: still reading pipe; Ctrl-C gives it up"]);
    const writer = await open(join(rig.folder, "pipe"), "w");
    await writer.write("piped");
    await writer.close();
    expect(await reading).toEqual([{ type: "text", text: "File pipe:\n\npiped" }]);
    expect(clock.pending).toBe(0);
    expect(await refusal(read(rig, "@file:pipe"))).toContain("pipe: is a pipe; give it with -f");
  });

  test("of an address is told after five seconds, without its credentials", async () => {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<Response>();
    const fetch = () => {
      asked.resolve();
      return answer.promise;
    };
    const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch });
    onTestFinished(() => void server.stop(true));
    await using rig = await startRig({ toml: "[attachments]\nprivate_urls = true\n" });
    const clock = new FakeClock();
    const reading = read(rig, `@url:http://me:secret@127.0.0.1:${server.port}/a`, { clock });
    await asked.promise;
    await clock.advance(4999);
    expect(warnings(rig)).toEqual([]);
    await clock.advance(1);
    const address = `http://127.0.0.1:${server.port}/a`;
    expect(warnings(rig)).toEqual([`warn: still reading ${address}; Ctrl-C gives it up`]);
    answer.resolve(new Response("late"));
    expect(await reading).toHaveLength(1);
  });
});

describe("an address", () => {
  test("of this machine is refused, and taken when the configuration allows it", async () => {
    const page = "<title>T</title><script>x</script><p>Hello\u200b";
    const address = serve(page, "text/html; charset=utf-8");
    await using strict = await startRig();
    expect(await refusal(read(strict, `see @url:${address}/a`))).toBe(
      `${address}/a: is on this machine or a private network: refused; ` +
        "[attachments] private_urls = true in the configuration allows it",
    );
    expect(await refusal(read(strict, "", { files: [`${address}/a`] }))).toContain("refused");
    await using open = await startRig({ toml: "[attachments]\nprivate_urls = true\n" });
    // What the user did not write is shown to the model with what is hidden in it.
    const text = `File ${address}/a:\n\nT\nHello\\u{200b}`;
    expect(await read(open, "", { files: [`${address}/a`] })).toEqual([{ type: "text", text }]);
    expect(await read(open, `see @url:${address}/a.`)).toEqual([
      { type: "text", text: `see @url:${address}/a.\n\n${text}` },
    ]);
  });

  test("of an image is an image, and its credentials stay here", async () => {
    const address = serve(plainPng(), "text/plain");
    await using rig = await startRig({ toml: "[attachments]\nprivate_urls = true\n" });
    const blocks = await read(rig, `see @url:${address.replace("//", "//me:secret@")}/a.png`);
    expect(blocks).toEqual([
      { type: "text", text: `see @url:${address}/a.png` },
      { type: "media", mediaType: "image/png", data: base64(plainPng()), name: "a.png" },
    ]);
  });
});

describe("a resource", () => {
  test("of a server of the run is read when the server is ready", async () => {
    await using rig = await startRig({ toml: NOTES });
    const host = await openServers(rig.app, { only: [] });
    expect(await read(rig, "see @notes:note:///plain, me@notes:x and @other:y", { host })).toEqual([
      {
        type: "text",
        text: "see @notes:note:///plain, me@notes:x and @other:y\n\nFile notes:note:///plain:\n\na note\n",
      },
    ]);
    expect(await read(rig, "@notes:note:///hostile", { host })).toMatchObject([
      { text: "@notes:note:///hostile\n\nFile notes:note:///hostile:\n\na\\u{1b}[31mred\\u{200b} one" },
    ]);
    expect(await read(rig, "@notes:note:///texts", { host })).toMatchObject([
      {
        text: expect.stringContaining("File notes:note:///texts:\n\none\n\nFile notes:note:///texts:\n\ntwo"),
      },
    ]);
    expect(await refusal(read(rig, "@notes:note:///nowhere", { host }))).toContain("note:///nowhere");
    expect(await refusal(read(rig, "@notes:note:///empty", { host }))).toContain("the resource is empty");
    expect(await refusal(read(rig, "@notes:note:///unpacked", { host }))).toContain(
      "leave it out, or tell the author of server notes",
    );
    expect(await refusal(read(rig, "@notes:note:///image", { host }))).toContain(
      "begins as image/png, but is damaged",
    );
  });

  test("is read in a run without servers, too, and not from one that the run leaves out", async () => {
    await using rig = await startRig({ toml: `${NOTES}${NOTES.replace("notes", "others")}` });
    expect(await read(rig, "@notes:note:///plain")).toHaveLength(1);
    const host = await openServers(rig.app, { only: ["others"] });
    expect(await refusal(read(rig, "@notes:note:///plain", { host }))).toBe(
      "@notes: this run is without server notes; add --server notes, or enable it",
    );
  });
});
