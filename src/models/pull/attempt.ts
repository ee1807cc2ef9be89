/** One request for what a file lacks. */
import { writePartialRecord } from "../partial.ts";
import { publicAddress } from "./address.ts";
import { readBody } from "./body.ts";
import type { Download } from "./download.ts";
import { modelBytes } from "./magic.ts";
import type { PartialFile } from "./partial-file.ts";
import type { PlannedPart } from "./plan.ts";
import { diskError, PullError } from "./problem.ts";
import { type Opened, request } from "./request.ts";
import { contentLength, contentRange, type Range, unsatisfiedSize, validatorOf } from "./response.ts";

/** What is known of the file from one answer to the next. */
export interface Known {
  size?: number;
  validator?: string;
}

/**
 * Brings the file to its end, or as far as the connection goes: then it throws PullError `unavailable`, and the next
 * attempt goes on from there. Returns what is known of the file now.
 */
export async function attempt(job: Download, partial: PartialFile, known: Known): Promise<Known> {
  const { network, part, signal } = job;
  if (partial.bytes > 0 && partial.bytes === known.size) return known;
  const opened = await request(network, part.url, rangeHeaders(partial, known), signal);
  try {
    if (opened.response.status === 416) return await unsatisfied(part, opened, partial);
    return await receive(job, opened, partial, known);
  } finally {
    opened.close();
  }
}

/** Only the rest, if the file is still the same. */
function rangeHeaders({ bytes }: PartialFile, { validator }: Known): Record<string, string> {
  if (bytes === 0) return {};
  return { range: `bytes=${bytes}-`, ...(validator !== undefined && { "if-range": validator }) };
}

/** There is nothing behind what we have: it is all, or it is too much. */
async function unsatisfied({ url }: PlannedPart, { response }: Opened, partial: PartialFile): Promise<Known> {
  const size = unsatisfiedSize(response.headers);
  if (size === partial.bytes) return { size };
  await partial.restart();
  throw new PullError("unavailable", `${url.origin} does not have what should come next`);
}

async function receive(job: Download, opened: Opened, partial: PartialFile, before: Known): Promise<Known> {
  const { network, part, signal } = job;
  const range = rangeOf(opened);
  const size = range?.size ?? before.size;
  if (before.size !== undefined && size !== before.size) throw changedSize(part, before.size, size ?? 0);
  if (range?.start !== 0 && range?.start !== partial.bytes) return await refuseRange(job, partial);
  const validator = validatorOf(opened.response.headers);
  const known: Known = { ...(size !== undefined && { size }), ...(validator !== undefined && { validator }) };
  const body = readBody(network, part.url, opened, signal);
  let isBegun = false;
  for await (const chunk of range.start === 0 ? modelBytes(part.url, body) : body) {
    if (!isBegun) await begin(job, partial, known, range.start);
    isBegun = true;
    await append(job, partial, chunk, size);
  }
  if (size === undefined || partial.bytes === size) return { ...known, size: partial.bytes };
  throw new PullError("unavailable", `${part.url.origin} broke off the connection`, KEPT);
}

function rangeOf({ response: { status, headers } }: Opened): Range | undefined {
  if (status === 206) return contentRange(headers);
  const size = contentLength(headers);
  return { start: 0, ...(size !== undefined && { size }) };
}

const KEPT = { advice: "try again: what is there is kept" };

/** Only now that a part of the model is here: what was there before must not be lost to an error page. */
async function begin(job: Download, partial: PartialFile, known: Known, start: number): Promise<void> {
  const { part, reference, file, onBytes, onRestart } = job;
  if (start === 0 && partial.bytes > 0) {
    onRestart("the server begins anew");
    await partial.restart();
    onBytes(0);
  }
  const { url, sha256 } = part;
  try {
    writePartialRecord(file, { reference, url: url.href, ...(sha256 !== undefined && { sha256 }), ...known });
  } catch (error) {
    throw diskError(file, error);
  }
}

async function append(
  { part, onBytes }: Download,
  partial: PartialFile,
  chunk: Uint8Array,
  size: number | undefined,
): Promise<void> {
  const bytes = partial.bytes + chunk.length;
  if (size !== undefined && bytes > size) {
    await partial.restart();
    throw changedSize(part, size, bytes);
  }
  await partial.append(chunk);
  onBytes(partial.bytes);
}

/** A server that cannot count is asked for all of it. */
async function refuseRange({ part, onBytes, onRestart }: Download, partial: PartialFile): Promise<never> {
  onRestart("the server sends another part");
  await partial.restart();
  onBytes(0);
  throw new PullError("unavailable", `${part.url.origin} sends what was not asked for`);
}

function changedSize({ url }: PlannedPart, expected: number, found: number): PullError {
  return new PullError("size", `${publicAddress(url)} has ${found} bytes instead of ${expected}`, {
    advice: "it may just have changed: pull it again",
  });
}
