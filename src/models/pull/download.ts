/** Downloads one file to its end, over as many requests as it takes. */
import { type PartialRecord, partialPath, readPartialRecord, removePartial } from "../partial.ts";
import { publicAddress } from "./address.ts";
import { attempt, type Known } from "./attempt.ts";
import { PartialFile } from "./partial-file.ts";
import type { PlannedPart } from "./plan.ts";
import { PullError } from "./problem.ts";
import type { Network } from "./request.ts";
import { PULL_RETRY, type Retrying, retrying } from "./retry.ts";
import type { CheckGrowth } from "./room.ts";

export interface Download {
  network: Network;
  part: PlannedPart;
  /** What the user named. */
  reference: string;
  /** Where the whole file is to be; until then it is `FILE.partial`. */
  file: string;
  /** How much of what is there was looked at. */
  onChecked: (bytes: number) => void;
  /** How much there is, after each piece. */
  onBytes: (bytes: number) => void;
  /** Asked, before it is written, for what the plan has no size of; what it throws ends the download. */
  checkGrowth: CheckGrowth;
  /** What was there is of no use, and why. */
  onRestart: (why: string) => void;
  onRetry: (retrying: Retrying) => void;
  signal: AbortSignal;
}

/** An attempt that brings so much has shown that the line works: those before it are forgotten. */
const PROGRESS_BYTES = 1024 * 1024;

/**
 * Leaves a whole, checked file at `partialPath(file)`; returns its SHA-256. What is there of an earlier download of the
 * same goes on. Throws PullError, and what the signal says; what was loaded is kept unless it is known to be wrong.
 */
export async function download(job: Download): Promise<string> {
  const { network, part, file, onRetry, signal } = job;
  const partial = await PartialFile.open(partialPath(file));
  try {
    const known = await takeUp(job, partial);
    let before = partial.bytes;
    const work = async () => {
      before = partial.bytes;
      await attempt(job, partial, known);
    };
    const hasProgressed = () => partial.bytes - before >= PROGRESS_BYTES;
    await retrying(network, work, { policy: PULL_RETRY, onRetry, signal, hasProgressed });
    await checkDigest(part, partial);
    await partial.sync();
    return partial.digest();
  } finally {
    await partial.close();
    if (partial.bytes === 0) removePartial(file);
  }
}

/** Goes on with what is there if it belongs to the same file, and begins anew otherwise. */
async function takeUp(job: Download, partial: PartialFile): Promise<Known> {
  const { part, file, onChecked, onRestart, signal } = job;
  const record = readPartialRecord(file);
  const useless = record ? whyUseless(record, part) : "nothing is known of it";
  if (useless === undefined) await partial.resume(onChecked, signal);
  const tooLong = part.size !== undefined && partial.bytes > part.size;
  if (useless === undefined && !tooLong) {
    return { size: part.size, validator: record?.validator };
  }
  if (!(await partial.isEmpty())) onRestart(useless ?? "it is longer than the file");
  await partial.restart();
  return { size: part.size };
}

/** Why what is there cannot be the beginning of the file; undefined when it is, or when a checksum will tell. */
function whyUseless(record: PartialRecord, { url, size, sha256 }: PlannedPart): string | undefined {
  if (sha256 !== undefined && record.sha256 !== undefined) {
    return sha256 === record.sha256 ? undefined : "it is part of another file";
  }
  if (record.url !== url.href) return "it comes from another address";
  if (size !== undefined && record.size !== undefined && size !== record.size) return "the file has changed";
  const canTell = sha256 !== undefined || record.validator !== undefined;
  return canTell ? undefined : "there is no telling whether the file has changed";
}

async function checkDigest({ url, sha256 }: PlannedPart, partial: PartialFile): Promise<void> {
  const found = partial.digest();
  if (sha256 === undefined || sha256 === found) return;
  await partial.restart();
  throw new PullError(
    "checksum",
    `what came from ${publicAddress(url)} has the SHA-256 ${found} instead of ${sha256}, and was removed`,
    { advice: "pull it again; if that does not help, do not trust the server" },
  );
}
