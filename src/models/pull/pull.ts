/** Pulls a model: all of its files or none of them appear in the folder, checked as far as it is known what they should be. */
import { join } from "node:path";
import { ensurePrivateFolder } from "../../lib/file.ts";
import { type LockAttempt, lockPath, takeLock } from "../../process/lock.ts";
import { type AvailableMemory, availableMemory } from "../memory.ts";
import { download } from "./download.ts";
import type { PullEvent } from "./events.ts";
import { hubEndpoint } from "./hub.ts";
import {
  type Digests,
  findPresent,
  knownBytes,
  loadedBytes,
  missingBytes,
  settle,
  totalBytes,
} from "./placement.ts";
import { givenName, type PlannedPart, type PullPlan, planPull } from "./plan.ts";
import { diskError, PullError } from "./problem.ts";
import { parseReference } from "./reference.ts";
import { type Network, openNetwork } from "./request.ts";
import { PULL_RETRY, retrying } from "./retry.ts";
import { type CheckGrowth, checkDisk, checkFits, type DiskSpace, diskSpace, watchGrowth } from "./room.ts";

export interface PullOptions {
  /** As the user wrote it. */
  reference: string;
  /** The models folder. */
  folder: string;
  /** What the model is to be called. */
  name?: string;
  /** 64 hexadecimal digits, in lower case. */
  sha256?: string;
  /** Also what does not fit into this machine's memory. */
  force: boolean;
  /** HF_ENDPOINT and HF_TOKEN are used. */
  env: Readonly<Record<string, string | undefined>>;
  onEvent: (event: PullEvent) => void;
  signal: AbortSignal;
  network?: Partial<Network>;
  memory?: AvailableMemory;
  space?: (folder: string) => DiskSpace | undefined;
}

export interface PulledModel {
  name: string;
  /** Of its file, or the first of its parts. */
  path: string;
  bytes: number;
  parts: number;
  /** What it was checked by: the size where nobody has told a checksum, nothing where not even that. */
  checked: "sha256" | "size" | "nothing";
  /** Of each part; null for one that was there already, with nothing to compare it with. */
  sha256: readonly (string | null)[];
  /** True when it was there already. */
  present: boolean;
}

/** Throws UsageError, PullError, and what the signal says. What was loaded by then is kept, for the next time. */
export async function pullModel(options: PullOptions): Promise<PulledModel> {
  const { env, name, sha256, onEvent, signal } = options;
  const endpoint = hubEndpoint(env);
  const reference = parseReference(options.reference, endpoint);
  if (name !== undefined) givenName(name);
  const token = env.HF_TOKEN?.trim();
  const network = openNetwork({ endpoint, ...(token && { token }), ...options.network });
  const asked = { ...(name !== undefined && { name }), ...(sha256 !== undefined && { sha256 }) };
  const plan = await retrying(network, () => planPull(network, reference, asked, signal), {
    policy: PULL_RETRY,
    onRetry: (retry) => onEvent({ type: "retrying", retrying: retry }),
    signal,
  });
  const release = lock(options, plan);
  try {
    return await pullPlanned(options, network, plan);
  } finally {
    release();
  }
}

/** Two at once would write into the same file. */
function lock({ folder }: PullOptions, { name }: PullPlan): () => void {
  const file = lockPath(folder, name);
  const taken = takeOnDisk(folder, file);
  if (taken.kind === "taken") return taken.release;
  const who = taken.here ? `process ${taken.pid}` : "a process of another machine or container";
  const advice = taken.here ? "wait for it, or stop it" : `if that has ended, remove ${file}`;
  throw new PullError("busy", `${name} is being pulled already, by ${who}`, { advice });
}

function takeOnDisk(folder: string, file: string): LockAttempt {
  try {
    ensurePrivateFolder(folder);
    return takeLock(file);
  } catch (error) {
    throw diskError(folder, error);
  }
}

async function pullPlanned(options: PullOptions, network: Network, plan: PullPlan): Promise<PulledModel> {
  const { folder, force, space = diskSpace, onEvent, signal } = options;
  const { name, parts } = plan;
  const bytes = totalBytes(parts);
  onEvent({ type: "planned", name, parts: parts.length, ...(bytes !== undefined && { bytes }) });
  const present = await findPresent(folder, plan, signal);
  const missing = parts.filter((part) => !present.has(part));
  const memory = force || missing.length === 0 ? undefined : (options.memory ?? availableMemory());
  if (missing.length > 0) {
    if (memory) checkFits(name, knownBytes(parts), memory);
    checkDisk(folder, missingBytes(folder, missing), space(folder));
  }
  const checkGrowth = watchGrowth({ name, folder, memory, space });
  const digests = await downloadParts({ ...options, network, checkGrowth }, plan, present);
  // The first part last: it is the one by which the model is found.
  for (const part of missing.toReversed()) settle(folder, part);
  return describe(folder, plan, digests, missing.length === 0);
}

interface Loading extends PullOptions {
  network: Network;
  checkGrowth: CheckGrowth;
}

/** One after the other; each is left beside its place. */
async function downloadParts(
  { folder, reference, network, checkGrowth, onEvent, signal }: Loading,
  { parts }: PullPlan,
  present: Digests,
): Promise<Digests> {
  const digests = new Map(present);
  const total = totalBytes(parts);
  let earlier = 0;
  const tell = (type: "checking" | "progress") => (bytes: number) =>
    onEvent({ type, bytes: earlier + bytes, ...(total !== undefined && { totalBytes: total }) });
  for (const part of parts) {
    if (!digests.has(part)) {
      const digest = await download({
        network,
        part,
        reference,
        file: join(folder, part.fileName),
        onChecked: tell("checking"),
        onBytes: tell("progress"),
        checkGrowth: (bytes, more) => checkGrowth(earlier + bytes, more),
        onRestart: (why) => onEvent({ type: "restarted", why }),
        onRetry: (retry) => onEvent({ type: "retrying", retrying: retry }),
        signal,
      });
      digests.set(part, digest);
    }
    earlier += loadedBytes(folder, part);
  }
  return digests;
}

function describe(
  folder: string,
  { name, parts }: PullPlan,
  digests: Digests,
  present: boolean,
): PulledModel {
  const [first] = parts;
  const every = (holds: (part: PlannedPart) => boolean) => parts.every(holds);
  const bySize = every(({ size }) => size !== undefined) ? "size" : "nothing";
  return {
    name,
    path: join(folder, first?.fileName ?? ""),
    bytes: parts.reduce((bytes, part) => bytes + loadedBytes(folder, part), 0),
    parts: parts.length,
    checked: every(({ sha256 }) => sha256 !== undefined) ? "sha256" : bySize,
    sha256: parts.map((part) => digests.get(part) ?? null),
    present,
  };
}
