/** The user's message with all that is attached to it: prompt, standard input, files, addresses and resources. */
import { findEscapes, findMentions, type Mention } from "../attachments/mentions.ts";
import { shownName } from "../attachments/name.ts";
import type { Attachment, KindOptions, RawAttachment } from "../attachments/port.ts";
import { tellWhenSlow } from "../attachments/slow.ts";
import { isWebAddress, parseAddress, shownAddress, withoutCredentials } from "../attachments/url/address.ts";
import type { Configuration } from "../config/configuration.ts";
import type { Environment } from "../config/paths.ts";
import type { Clock } from "../lib/clock.ts";
import type { Block } from "../lib/conversation.ts";
import { UsageError } from "../lib/errors.ts";
import type { Notify } from "../lib/notice.ts";
import { formatBytes } from "../lib/text-amount.ts";
import type { McpHost } from "../mcp/client/port.ts";
import { escapeInvisible } from "../mcp/client/text.ts";
import type { App } from "./app.ts";
import { readResourceOf } from "./attach-resource.ts";
import { composeMessage } from "./message.ts";

export interface AttachRequest {
  /** What the user typed: mentions in it are read. */
  prompt: string;
  /** `-f`: files, and addresses that begin with http:// or https://. */
  files?: readonly string[];
  /** What was piped in, taken as it is; asked for once everything else is read. */
  stdin?: () => Promise<string | undefined>;
  cwd: string;
  env: Environment;
  /** The servers of the run; without it those that are mentioned are started for this alone. */
  host?: McpHost | undefined;
  /** `--wait`, in milliseconds; the configuration's when absent. */
  waitMs?: number | undefined;
  notify: Notify;
  signal: AbortSignal;
  clock?: Clock;
}

/** More than any provider takes in one request. */
const MOST_ATTACHMENTS = 100;
/** A pipe is read as standard input is; addresses often take a moment. */
const SILENCE_MS = { file: 1000, url: 5000 } as const;

/**
 * The blocks of the user's message: at most one text (prompt, standard input, text that is attached), then the media in
 * their order; none when there is nothing to send. Nothing is sent when one cannot be read. Throws UserError.
 */
export async function readAttachmentsFor(app: App, request: AttachRequest): Promise<Block[]> {
  const configuration = (await app.services.need("config")).current();
  const names = configuration.mcp.servers.map(({ name }) => name);
  const mentions = findMentions(request.prompt, names);
  const attachments = await readAll(app, request, configuration, mentions);
  const stdin = await request.stdin?.();
  const texts = attachments.flatMap((one) => (one.kind === "text" ? [one] : []));
  const media = attachments.flatMap((one) => (one.kind === "media" ? [one.media] : []));
  const text = composeMessage({
    prompt: asSent(request.prompt, mentions, findEscapes(request.prompt, names)),
    ...(stdin !== undefined && { stdin }),
    files: texts,
    // One alone needs no name to be told from others.
    media: media.length > 1 ? media.map(({ name = "" }) => name) : [],
  });
  return [
    ...(text.trim() === "" ? [] : [{ type: "text" as const, text }]),
    ...media.map((medium): Block => ({ type: "media", ...medium })),
  ];
}

interface Source {
  kind: Mention["kind"];
  server?: string;
  target: string;
  /** Given with `-f`, and not in a text that may come from elsewhere. */
  isGiven?: true;
}

async function readAll(
  app: App,
  request: AttachRequest,
  configuration: Configuration,
  mentions: readonly Mention[],
): Promise<Attachment[]> {
  const sources = sourcesOf(request.files ?? [], mentions);
  if (sources.length > MOST_ATTACHMENTS) {
    throw new UsageError(
      `${sources.length} attachments; at most ${MOST_ATTACHMENTS} can be sent in a message`,
    );
  }
  const { maxBytes } = configuration.attachments;
  const attachments: Attachment[] = [];
  let total = 0;
  for (const source of sources) {
    for (const raw of await readSource(app, request, configuration, source)) {
      total += raw.bytes.length;
      if (total > maxBytes && total > raw.bytes.length) throw tooMuch(total, maxBytes);
      attachments.push(await attachmentOf(raw, source, { maxBytes, notify: request.notify }));
    }
  }
  return attachments;
}

/** What is mentioned twice is attached once. */
function sourcesOf(files: readonly string[], mentions: readonly Mention[]): Source[] {
  const given = files.map(
    (target): Source => ({ kind: isWebAddress(target) ? "url" : "file", target, isGiven: true }),
  );
  const mentioned = mentions.map(
    ({ kind, server, target }): Source => ({ kind, ...(server && { server }), target }),
  );
  const byName = new Map<string, Source>();
  for (const source of [...given, ...mentioned]) {
    const name = JSON.stringify([source.kind, source.server, source.target]);
    if (!byName.has(name)) byName.set(name, source);
  }
  return [...byName.values()];
}

async function readSource(
  app: App,
  { cwd, env, signal, notify, clock, ...request }: AttachRequest,
  configuration: Configuration,
  source: Source,
): Promise<RawAttachment[]> {
  const { maxBytes, privateUrls } = configuration.attachments;
  const { kind, target, server = "", isGiven } = source;
  if (kind === "file") {
    const { readAttachedFile } = await import("../attachments/file.ts");
    const place = { cwd, home: env.HOME ?? env.USERPROFILE, maxBytes };
    const reading = readAttachedFile(target, { ...place, ...(isGiven && { signal }) });
    const name = shownName(target);
    return [await tellWhenSlow(reading, { name, silenceMs: SILENCE_MS.file, notify, clock })];
  }
  if (kind === "url") {
    const { fetchAddress } = await import("../attachments/url/fetch-address.ts");
    const onProxy = (url: URL) => notify("info", proxyLine(url));
    const reading = fetchAddress(target, { maxBytes, privateUrls, env, signal, onProxy });
    const name = shownName(withoutCredentials(target));
    return [await tellWhenSlow(reading, { name, silenceMs: SILENCE_MS.url, notify, clock })];
  }
  const waitMs = request.waitMs || configuration.mcp.waitMs;
  return readResourceOf(app, { server, uri: target }, { host: request.host, waitMs, signal });
}

/** What the user did not write may hide something from them. */
async function attachmentOf(raw: RawAttachment, source: Source, options: KindOptions): Promise<Attachment> {
  const { attachmentFrom } = await import("../attachments/kind.ts");
  const attachment = await attachmentFrom(raw, options);
  if (attachment.kind === "media" || source.kind === "file") return attachment;
  return { ...attachment, text: escapeInvisible(attachment.text) };
}

function proxyLine(url: URL): string {
  return `${shownAddress(url)} is fetched through a proxy: whether it is on a private network is not known here`;
}

function tooMuch(total: number, maxBytes: number): UsageError {
  return new UsageError(
    `the attachments are too large together: at least ${formatBytes(total)}, at most ${formatBytes(maxBytes)} can be sent`,
    "[attachments] max_bytes in the configuration is the limit",
  );
}

/** The prompt goes to a model, and is kept: without credentials, and without the backslashes that were for us. */
function asSent(prompt: string, mentions: readonly Mention[], escapes: readonly number[]): string {
  const addresses = mentions.flatMap(({ kind, target, start, end }) => {
    if (kind !== "url" || !target.includes("@")) return [];
    const url = parseAddress(target);
    return url.username === "" && url.password === ""
      ? []
      : [{ start, end, text: `@url:${shownAddress(url)}` }];
  });
  const changes = [...addresses, ...escapes.map((start) => ({ start, end: start + 1, text: "" }))];
  return changes
    .sort((one, other) => other.start - one.start)
    .reduce(
      (text, { start, end, text: instead }) => text.slice(0, start) + instead + text.slice(end),
      prompt,
    );
}
