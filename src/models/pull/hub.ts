/** What the hub says of a repository: its commit, and its files with their sizes and checksums. */
import { UsageError } from "../../lib/errors.ts";
import { isObject } from "../shapes.ts";
import { allowedAddress } from "./address.ts";
import { readText } from "./body.ts";
import { PullError } from "./problem.ts";
import type { HubReference } from "./reference.ts";
import { type Network, request } from "./request.ts";

export interface HubFile {
  /** Below the repository's root. */
  path: string;
  bytes: number;
  /** SHA-256; absent for a small file that lies in git itself. */
  sha256?: string;
}

export interface HubListing {
  /** A commit: what is pulled part by part stays of one piece, even if the repository changes meanwhile. */
  revision: string;
  files: readonly HubFile[];
}

const DEFAULT_ENDPOINT = "https://huggingface.co";
const MOST_BYTES = 16 * 1024 * 1024;
/** Of a thousand files each. */
const MOST_PAGES = 20;
const COMMIT = /^[0-9a-f]{40}$/;
const SHA256 = /^[0-9a-f]{64}$/;

/** Where the hub is. Throws UsageError when HF_ENDPOINT is not a safe address. */
export function hubEndpoint(env: Readonly<Record<string, string | undefined>>): URL {
  if (!env.HF_ENDPOINT) return new URL(DEFAULT_ENDPOINT);
  const url = allowedAddress("HF_ENDPOINT", env.HF_ENDPOINT);
  if (url.search === "" && url.hash === "") return url;
  throw new UsageError("HF_ENDPOINT is not the address of a hub", "it has a query or a fragment");
}

/** The address of a file of a repository. */
export function fileAddress(endpoint: URL, { owner, repo, revision }: Repository, path: string): URL {
  const encoded = path
    .split("/")
    .map((segment) => encodeURIComponent(segment))
    .join("/");
  return below(endpoint, `${owner}/${repo}/resolve/${encodeURIComponent(revision)}/${encoded}`);
}

type Repository = Pick<HubReference, "owner" | "repo" | "revision">;

/** Throws PullError, and what the signal says. */
export async function listRepository(
  network: Network,
  { owner, repo, revision: asked }: Repository,
  signal: AbortSignal,
): Promise<HubListing> {
  const base = `api/models/${owner}/${repo}`;
  const about = asked === "main" ? base : `${base}/revision/${encodeURIComponent(asked)}`;
  const { value } = await readJson(network, below(network.endpoint, about), signal);
  const commit =
    isObject(value) && typeof value.sha === "string" && COMMIT.test(value.sha) ? value.sha : undefined;
  const revision = commit ?? asked;
  const files: HubFile[] = [];
  let page: URL | undefined = below(
    network.endpoint,
    `${base}/tree/${encodeURIComponent(revision)}?recursive=true`,
  );
  for (let pages = 0; page && pages < MOST_PAGES; pages++) {
    const answer: { value: unknown; next: URL | undefined } = await readJson(network, page, signal);
    if (!Array.isArray(answer.value)) throw noHub(page);
    files.push(...answer.value.flatMap(hubFile));
    page = answer.next;
  }
  return { revision, files };
}

function below(endpoint: URL, path: string): URL {
  return new URL(`${endpoint.origin}${endpoint.pathname.replace(/\/$/, "")}/${path}`);
}

async function readJson(
  network: Network,
  url: URL,
  signal: AbortSignal,
): Promise<{ value: unknown; next: URL | undefined }> {
  const opened = await request(network, url, { accept: "application/json" }, signal);
  const next = nextPage(opened.response.headers.get("link"), network.endpoint);
  const text = await readText(network, url, opened, { mostBytes: MOST_BYTES, signal });
  try {
    return { value: JSON.parse(text), next };
  } catch (error) {
    throw noHub(url, { cause: error });
  }
}

/** `<https://...>; rel="next"` (RFC 8288); only of the hub itself. */
function nextPage(link: string | null, endpoint: URL): URL | undefined {
  const [, address = ""] = /<([^>]*)>\s*;\s*rel="?next"?/i.exec(link ?? "") ?? [];
  const url = URL.canParse(address, endpoint.href) ? new URL(address, endpoint) : undefined;
  return url?.origin === endpoint.origin && address !== "" ? url : undefined;
}

/** A file as the API tells of it; none for a folder, and for what makes no sense. */
function hubFile(value: unknown): HubFile[] {
  if (!isObject(value) || value.type !== "file" || typeof value.path !== "string") return [];
  const lfs = isObject(value.lfs) ? value.lfs : {};
  const bytes = lfs.size ?? value.size;
  if (!Number.isSafeInteger(bytes) || Number(bytes) < 0) return [];
  const checked = typeof lfs.oid === "string" && SHA256.test(lfs.oid) ? { sha256: lfs.oid } : {};
  return [{ path: value.path, bytes: Number(bytes), ...checked }];
}

function noHub({ origin }: URL, options: ErrorOptions = {}): PullError {
  return new PullError("refused", `${origin} does not answer as the hub does`, {
    ...options,
    advice: "check HF_ENDPOINT",
  });
}
