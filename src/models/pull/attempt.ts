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

/** What is known of the file, from one answer to the next. */
export interface Known {
  size?: number | undefined;
  validator?: string | undefined;
}

/**
 * Brings the file to its end, or as far as the connection goes: then it throws PullError `unavailable`, and the next
 * attempt goes on from there. Adds to `known` what the answer tells.
 */
export async function attempt(job: Download, partial: PartialFile, known: Known): Promise<void> {
  const { network, part, signal } = job;
  if (partial.bytes > 0 && partial.bytes === known.size) return;
  const opened = await request(network, part.url, rangeHeaders(partial, known), signal);
  try {
    if (opened.response.status === 416) await unsatisfied(part, opened, partial);
    else await receive(job, opened, partial, known);
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
async function unsatisfied({ url }: PlannedPart, { response }: Opened, partial: PartialFile): Promise<void> {
  if (unsatisfiedSize(response.headers) === partial.bytes) return;
  await partial.restart();
  throw new PullError("unavailable", `${url.origin} does not have what should come next`);
}

async function receive(job: Download, opened: Opened, partial: PartialFile, known: Known): Promise<void> {
  const { network, part, signal } = job;
  const range = rangeOf(opened);
  const size = range?.size ?? known.size;
  if (known.size !== undefined && size !== known.size) throw changedSize(part, known.size, size ?? 0);
  if (range?.start !== 0 && range?.start !== partial.bytes) return await refuseRange(job, partial);
  // Told only now: the plan could not look whether there is a place for it.
  if (size !== undefined && known.size === undefined)
    job.checkGrowth(size, Math.max(0, size - partial.bytes));
  const told = { size, validator: validatorOf(opened.response.headers) };
  const body = readBody(network, part.url, opened, signal);
  let isBegun = false;
  for await (const chunk of range.start === 0 ? modelBytes(part.url, body) : body) {
    if (!isBegun) await begin(job, partial, Object.assign(known, told), range.start);
    isBegun = true;
    await append(job, partial, chunk, size);
  }
  if (size === undefined || partial.bytes === size) return;
  throw new PullError("unavailable", `${part.url.origin} broke off the connection`, KEPT);
}

function rangeOf({ response: { status, headers } }: Opened): Range | undefined {
  if (status === 206) return contentRange(headers);
  const size = contentLength(headers);
  return { start: 0, ...(size !== undefined && { size }) };
}

const KEPT = { advice: "try again: what is there is kept" };

/** Only now that a part of the model is here: what was there before must not be lost to an error page. */
async function begin(
  job: Download,
  partial: PartialFile,
  { size, validator }: Known,
  start: number,
): Promise<void> {
  const { part, reference, file, onBytes, onRestart } = job;
  if (start === 0 && partial.bytes > 0) {
    onRestart("the server begins anew");
    await partial.restart();
    onBytes(0);
  }
  const { url, sha256 } = part;
  try {
    writePartialRecord(file, {
      reference,
      url: url.href,
      ...(size !== undefined && { size }),
      ...(sha256 !== undefined && { sha256 }),
      ...(validator !== undefined && { validator }),
    });
  } catch (error) {
    throw diskError(file, error);
  }
}

async function append(
  { part, checkGrowth, onBytes }: Download,
  partial: PartialFile,
  chunk: Uint8Array,
  size: number | undefined,
): Promise<void> {
  const bytes = partial.bytes + chunk.length;
  if (size !== undefined && bytes > size) {
    await partial.restart();
    throw changedSize(part, size, bytes);
  }
  if (size === undefined) checkGrowth(bytes, chunk.length);
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
