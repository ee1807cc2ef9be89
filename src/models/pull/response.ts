/** What the headers of an answer say of the file. Pure. */

/** A part of a file: where it begins, and how long the whole is, if that is known. */
export interface Range {
  start: number;
  size?: number;
}

/** `bytes 100-199/200`; the size may be `*` (RFC 9110, 14.4). */
export function contentRange(headers: Headers): Range | undefined {
  const [, start, size] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get("content-range") ?? "") ?? [];
  if (start === undefined) return undefined;
  return { start: Number(start), ...(size !== "*" && { size: Number(size) }) };
}

/** How long the whole file is, as an answer of 416 tells it: a star in place of the part. */
export function unsatisfiedSize(headers: Headers): number | undefined {
  const [, size] = /^bytes \*\/(\d+)$/.exec(headers.get("content-range") ?? "") ?? [];
  return size === undefined ? undefined : Number(size);
}

/** Undefined when it is not told, and when it is that of a compressed form. */
export function contentLength(headers: Headers): number | undefined {
  const length = headers.get("content-length") ?? "";
  const isPlain = ["", "identity"].includes(headers.get("content-encoding") ?? "");
  return isPlain && /^\d+$/.test(length) ? Number(length) : undefined;
}

/** What If-Range takes: a strong ETag, or the date (RFC 9110, 13.1.5). */
export function validatorOf(headers: Headers): string | undefined {
  const tag = headers.get("etag");
  if (tag?.startsWith('"')) return tag;
  // A weak tag says that the file may have changed without it; its date is no better.
  return tag === null ? (headers.get("last-modified") ?? undefined) : undefined;
}
