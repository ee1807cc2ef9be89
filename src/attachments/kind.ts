/** What an attachment is, by its content, and whether a model can be given it. */
import { UsageError } from "../lib/errors.ts";
import { mediaTypeOf, wordsForBytes } from "../lib/media-kind.ts";
import { formatBytes } from "../lib/text-amount.ts";
import { decodeText, looksLikeText } from "./decode.ts";
import { fitImage } from "./image.ts";
import { shownName } from "./name.ts";
import { type Attachment, type KindOptions, LARGEST_TEXT_BYTES, type RawAttachment } from "./port.ts";

const TAKEN = "text, PDF, PNG, JPEG, GIF and WebP can be attached";

/** Throws UsageError for what is none of the kinds that models take, or too large. */
export async function attachmentFrom(raw: RawAttachment, options: KindOptions): Promise<Attachment> {
  const { name, title, bytes } = raw;
  if (bytes.length > options.maxBytes) throw tooLarge(name, bytes.length, options.maxBytes);
  const mediaType = mediaTypeOf(bytes);
  if (mediaType === undefined) return { kind: "text", name, text: await textFrom(raw) };
  const { image, change } =
    mediaType === "application/pdf"
      ? { image: { bytes, mediaType } }
      : await fitImage({ name: shownName(name), bytes, mediaType });
  if (change !== undefined) options.notify("warn", `${shownName(name)}: ${change}`);
  const data = Buffer.from(image.bytes).toString("base64");
  return { kind: "media", media: { mediaType: image.mediaType, data, name: title } };
}

async function textFrom(raw: RawAttachment): Promise<string> {
  const { name, bytes, charset, isText = false, isPage = false } = raw;
  const text = decodeText(bytes, charset, isText || isPage);
  if (text === undefined) throw refused(name, bytes);
  if (bytes.length > LARGEST_TEXT_BYTES) throw tooLarge(name, bytes.length, LARGEST_TEXT_BYTES, "text");
  if (!isPage) return text;
  const { pageText } = await import("./page/page-text.ts");
  return pageText(text);
}

function refused(name: string, bytes: Uint8Array): UsageError {
  const seems = wordsForBytes(bytes);
  const words = seems === undefined && looksLikeText(bytes) ? "text that is not UTF-8" : seems;
  return new UsageError(`${shownName(name)}: seems to be ${words ?? "binary data"}`, TAKEN);
}

/** What of an attachment is too large, in words with the size (in bytes, if it is known) and the limit. */
export function tooLarge(name: string, size: number | undefined, limit: number, what?: string): UsageError {
  const amount = size === undefined ? "" : `${formatBytes(size)}, `;
  const most = `at most ${formatBytes(limit)}${what === undefined ? "" : ` of ${what}`} can be attached`;
  return new UsageError(
    `${shownName(name)}: too large: ${amount}${most}`,
    what === undefined
      ? "[attachments] max_bytes in the configuration is the limit"
      : `give a part of it; that is as much as a model reads, whatever max_bytes is`,
  );
}
