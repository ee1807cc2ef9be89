/** What the user wants to have: `hf:owner/repo`, `hf:owner/repo:QUANT`, `hf:owner/repo/file.gguf` or an address. */
import { UsageError } from "../../lib/errors.ts";
import { allowedAddress } from "./address.ts";

/** A model on the hub. */
export interface HubReference {
  kind: "hub";
  owner: string;
  repo: string;
  revision: string;
  /** Path of a file in the repository. */
  file?: string;
  quantisation?: string;
}

export interface UrlReference {
  kind: "url";
  url: URL;
}

const FORMS = "write hf:owner/repo, hf:owner/repo/file.gguf, or an https:// address";
/** Of an owner or a repository; the hub allows no others, and what is none must not become a part of a path. */
const HUB_NAME = /^[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9_-])?$/;
const DEFAULT_REVISION = "main";

/** Throws UsageError. `endpoint` is where the hub is: the address of a file there is the same as its `hf:` form. */
export function parseReference(text: string, endpoint: URL): HubReference | UrlReference {
  const [, path] = /^(?:hf|huggingface):(?:\/\/)?(.+)$/i.exec(text) ?? [];
  if (path !== undefined) return hubReference(text, path);
  if (!/^https?:\/\//i.test(text)) throw new UsageError(`nothing can be pulled from ${text}`, FORMS);
  const url = allowedAddress("this", text);
  return fileOfHub(url, endpoint) ?? { kind: "url", url };
}

function hubReference(text: string, path: string): HubReference {
  const [owner = "", named = "", ...rest] = path.split("/");
  const [repo = "", quantisation, ...more] = named.split(":");
  const file = rest.join("/");
  const isWhole = HUB_NAME.test(owner) && HUB_NAME.test(repo) && more.length === 0;
  if (!isWhole || (rest.length > 0 && !isFilePath(rest)) || (quantisation !== undefined && file !== "")) {
    throw new UsageError(`this names no model on the hub: ${text}`, FORMS);
  }
  return {
    kind: "hub",
    owner,
    repo,
    revision: DEFAULT_REVISION,
    ...(file !== "" && { file }),
    ...(quantisation !== undefined && { quantisation }),
  };
}

/** `/owner/repo/resolve/main/file.gguf`, and `blob`, as it stands in a browser. */
function fileOfHub(url: URL, endpoint: URL): HubReference | undefined {
  const base = endpoint.pathname.replace(/\/$/, "");
  if (url.origin !== endpoint.origin || !url.pathname.startsWith(`${base}/`)) return undefined;
  const [owner, repo, kind, revision, ...file] = decoded(url.pathname.slice(base.length + 1).split("/"));
  if (owner === undefined || repo === undefined || !HUB_NAME.test(owner) || !HUB_NAME.test(repo))
    return undefined;
  // A page of the hub, unless it is plainly a file.
  if (kind === undefined && !/\.gguf$/i.test(repo))
    return { kind: "hub", owner, repo, revision: DEFAULT_REVISION };
  if (kind === undefined || !["resolve", "blob"].includes(kind) || !revision || !isFilePath(file))
    return undefined;
  return { kind: "hub", owner, repo, revision, file: file.join("/") };
}

function isFilePath(segments: readonly string[]): boolean {
  return (
    segments.length > 0 && segments.every((segment) => segment !== "" && segment !== "." && segment !== "..")
  );
}

function decoded(segments: readonly string[]): string[] {
  try {
    return segments.map((segment) => decodeURIComponent(segment));
  } catch {
    return [];
  }
}
