import { describe, expect, test } from "bun:test";
import { attachmentFrom } from "../../src/attachments/kind.ts";
import type { RawAttachment } from "../../src/attachments/port.ts";
import { UsageError } from "../../src/lib/errors.ts";
import { noisyPng, pdf, plainPng } from "./pictures.ts";

const MAX_BYTES = 32 * 1024 * 1024;

async function read(bytes: Uint8Array, more: Partial<RawAttachment> = {}, maxBytes = MAX_BYTES) {
  const notices: string[] = [];
  const notify = (_level: string, text: string) => void notices.push(text);
  const raw = { name: "dir/a.file", title: "a.file", bytes, ...more };
  return { attachment: await attachmentFrom(raw, { maxBytes, notify }), notices };
}

async function refusal(
  bytes: Uint8Array,
  more: Partial<RawAttachment> = {},
  maxBytes?: number,
): Promise<string> {
  const error = await read(bytes, more, maxBytes).then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!(error instanceof UsageError)) throw new Error("no refusal");
  expect(error.message).not.toContain("\n");
  return `${error.message}; ${error.advice}`;
}

const text = (words: string, encoding?: BufferEncoding) => Buffer.from(words, encoding);

describe("text", () => {
  test.each([
    ["UTF-8", text("grün\n"), "grün\n"],
    ["UTF-8 with a mark", text("\ufeffa"), "a"],
    ["UTF-16, little end first", text("\ufeffgrün", "utf16le"), "grün"],
    ["UTF-16, big end first", text("\ufeffgrün", "utf16le").swap16(), "grün"],
    ["nothing", new Uint8Array(), ""],
    ["something that only speaks of PDF", text(" %PDF-"), " %PDF-"],
  ])("%s is taken", async (_what, bytes, words) => {
    const { attachment } = await read(bytes);
    expect(attachment).toEqual({ kind: "text", name: "dir/a.file", text: words });
  });

  test("of the web is in the encoding that it says, or the one that the web takes for granted", async () => {
    const latin = text("gr\u00fcn", "latin1");
    expect((await read(latin, { charset: "iso-8859-1" })).attachment).toMatchObject({ text: "grün" });
    expect((await read(latin, { isText: true })).attachment).toMatchObject({ text: "grün" });
    expect((await read(latin, { charset: "no-such-thing" })).attachment).toMatchObject({ text: "grün" });
    expect((await read(text("<p>grün"), { isPage: true })).attachment).toMatchObject({ text: "grün" });
  });

  test("of more than 10 MiB is refused", async () => {
    expect(await refusal(Buffer.alloc(10 * 1024 * 1024 + 1, 0x61))).toContain(
      "dir/a.file: too large: 10 MB, at most 10 MB of text can be attached",
    );
  });
});

describe("what is neither text nor a medium", () => {
  test.each([
    ["PK\u0003\u0004\u0000", "a ZIP archive or an Office document"],
    ["\u0000\u0001\u0002", "binary data"],
    ["text with \u0000 in it", "binary data"],
    ["gr\u00fcn", "text that is not UTF-8"],
    ["\u007fELF\u0002\u0000", "a program"],
  ])("%j is refused by its name", async (start, words) => {
    const line = await refusal(text(start, "latin1"));
    expect(line).toBe(`dir/a.file: seems to be ${words}; text, PDF, PNG, JPEG, GIF and WebP can be attached`);
  });
});

describe("a medium", () => {
  test("is taken for what it is, whatever its name and its sender say", async () => {
    const bytes = plainPng();
    const { attachment, notices } = await read(bytes, { isPage: true, charset: "utf-8" });
    const data = Buffer.from(bytes).toString("base64");
    expect(attachment).toEqual({ kind: "media", media: { mediaType: "image/png", data, name: "a.file" } });
    expect(notices).toEqual([]);
  });

  test("may be a PDF, which only the limit for all bounds", async () => {
    const { attachment } = await read(pdf(6_000_000));
    expect(attachment).toMatchObject({ media: { mediaType: "application/pdf" } });
    expect(await refusal(pdf(6_000_000), {}, 1_000_000)).toBe(
      "dir/a.file: too large: 6.0 MB, at most 1.0 MB can be attached; [attachments] max_bytes in the configuration is the limit",
    );
  });

  test("that is damaged is refused, as every later request would be", async () => {
    expect(await refusal(plainPng().slice(0, 20))).toBe(
      "dir/a.file: begins as image/png, but is damaged; attach another",
    );
  });
});

describe("an image that providers would refuse", () => {
  test("for its bytes is scaled down, which is told", async () => {
    const large = noisyPng(2400, 1200);
    expect(large.length).toBeGreaterThan(5 * 1024 * 1024);
    const { attachment, notices } = await read(large);
    if (attachment.kind !== "media") throw new Error("no medium");
    expect(attachment.media.data.length).toBeLessThanOrEqual(5 * 1024 * 1024);
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(
      /^dir\/a\.file: scaled down from 2400x1200 pixels and [89]\.\d MB to 2000x1000 and [\d.]+ (MB|kB)$/,
    );
    const { width, height } = await new Bun.Image(Buffer.from(attachment.media.data, "base64")).metadata();
    expect([width, height]).toEqual([2000, 1000]);
  });

  test("for its sides is scaled down as well, and stays a drawing", async () => {
    const { attachment } = await read(plainPng(9000, 90));
    if (attachment.kind !== "media") throw new Error("no medium");
    expect(attachment.media.mediaType).toBe("image/png");
    const { width, height } = await new Bun.Image(Buffer.from(attachment.media.data, "base64")).metadata();
    expect([width, height]).toEqual([2000, 20]);
  });
});
