/** From what the user named to the files that are to be pulled, with all that is known of them before. */
import { basename } from "node:path/posix";
import { UsageError } from "../../lib/errors.ts";
import { DEMO_NAME, fileNameOf, readFileName, safeModelName } from "../names.ts";
import { publicAddress } from "./address.ts";
import { readBody } from "./body.ts";
import { chooseModel } from "./choose.ts";
import { fileAddress, listRepository } from "./hub.ts";
import { checkHead, HEAD_BYTES } from "./magic.ts";
import { PullError } from "./problem.ts";
import type { HubReference, UrlReference } from "./reference.ts";
import { type Network, request } from "./request.ts";
import { contentLength, contentRange } from "./response.ts";

export interface PlannedPart {
  url: URL;
  /** In the models folder. */
  fileName: string;
  /** Bytes. */
  size?: number;
  sha256?: string;
}

export interface PullPlan {
  /** What stands behind `local/`. */
  name: string;
  parts: readonly PlannedPart[];
}

export interface PlanOptions {
  /** The name that the user wants it to have. */
  name?: string;
  /** The checksum that the user knows. */
  sha256?: string;
}

/** Asks the hub or the server. Throws PullError, UsageError, and what the signal says. */
export async function planPull(
  network: Network,
  reference: HubReference | UrlReference,
  options: PlanOptions,
  signal: AbortSignal,
): Promise<PullPlan> {
  const plan =
    reference.kind === "hub"
      ? await planFromHub(network, reference, options, signal)
      : await planFromAddress(network, reference, options, signal);
  return withChecksum(plan, options.sha256);
}

/** The name that a user gives. Throws UsageError for one that is not fit for a file. */
export function givenName(name: string): string {
  const safe = safeModelName(name);
  if (safe === undefined || safe !== name) {
    const advice = safe === undefined ? "use letters and digits" : `write it as ${safe}`;
    throw new UsageError("this name is not fit for a file", advice);
  }
  if (name !== DEMO_NAME) return name;
  throw new UsageError(`${DEMO_NAME} is the name of the built-in model`, "give it another name with --name");
}

async function planFromHub(
  network: Network,
  reference: HubReference,
  { name: wanted }: PlanOptions,
  signal: AbortSignal,
): Promise<PullPlan> {
  const { revision, files } = await listRepository(network, reference, signal);
  const model = chooseModel(files, reference);
  const name = givenName(wanted ?? safeModelName(model.name) ?? reference.repo);
  const parts = model.files.map(({ path, bytes, sha256 }, index) => ({
    url: fileAddress(network.endpoint, { ...reference, revision }, path),
    fileName: fileNameOf({ name, part: index + 1, parts: model.files.length }),
    size: bytes,
    ...(sha256 !== undefined && { sha256 }),
  }));
  return { name, parts };
}

async function planFromAddress(
  network: Network,
  { url }: UrlReference,
  { name: wanted }: PlanOptions,
  signal: AbortSignal,
): Promise<PullPlan> {
  const file = decodedName(url);
  const named = readFileName(file) ?? { name: file, part: 1, parts: 1 };
  const name = givenName(wanted ?? safeModelName(named.name) ?? url.hostname);
  const parts: PlannedPart[] = [];
  for (let part = 1; part <= named.parts; part++) {
    const address = new URL(url);
    if (named.parts > 1) {
      const folder = url.pathname.slice(0, url.pathname.lastIndexOf("/") + 1);
      address.pathname = folder + encodeURIComponent(fileNameOf({ ...named, part }));
    }
    const size = await probe(network, address, signal);
    const fileName = fileNameOf({ name, part, parts: named.parts });
    parts.push({ url: address, fileName, ...(size !== undefined && { size }) });
  }
  return { name, parts };
}

function decodedName({ pathname }: URL): string {
  const name = basename(pathname);
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/**
 * How large a file is, and whether it is a model: asked with its first bytes, since not every server that gives a file
 * answers HEAD. Undefined when the server does not tell.
 */
async function probe(network: Network, url: URL, signal: AbortSignal): Promise<number | undefined> {
  const opened = await request(network, url, { range: `bytes=0-${HEAD_BYTES - 1}` }, signal);
  const { status, headers } = opened.response;
  if (status === 416) throw new PullError("not_gguf", `${publicAddress(url)} is empty`);
  const head: number[] = [];
  for await (const chunk of readBody(network, url, opened, signal)) {
    head.push(...chunk.subarray(0, HEAD_BYTES - head.length));
    if (head.length === HEAD_BYTES) break;
  }
  checkHead(url, Uint8Array.from(head));
  return status === 206 ? contentRange(headers)?.size : contentLength(headers);
}

/** The user's checksum is for one file; what the hub says has to agree with it. */
function withChecksum({ name, parts }: PullPlan, sha256: string | undefined): PullPlan {
  const [part] = parts;
  if (sha256 === undefined || !part) return { name, parts };
  if (parts.length > 1)
    throw new UsageError(`--sha256 is for a single file, and ${name} has ${parts.length} parts`);
  if (part.sha256 !== undefined && part.sha256 !== sha256) {
    throw new PullError("checksum", `the hub has ${name} with the SHA-256 ${part.sha256}, not ${sha256}`);
  }
  return { name, parts: [{ ...part, sha256 }] };
}
