/** The images and PDFs in a result: what a server calls them is not believed, as a provider would refuse what is none. */
import type { ContentBlock } from "@modelcontextprotocol/client";
import type { Media } from "../../../lib/conversation.ts";
import { mediaTypeOf } from "../../../lib/media-kind.ts";
import { oneLine } from "../text.ts";

/** Of one result; the rest keeps its name in brackets. */
const MOST_MEDIA = 20;
/** Characters of base64: of one medium, and of all of a result. */
const LARGEST_MEDIUM = 16 * 1024 * 1024;
const LARGEST_TOGETHER = 32 * 1024 * 1024;

/** The first of them that are within the limits, as what their bytes are. */
export function mediaOf(blocks: readonly ContentBlock[]): Media[] {
  const media: Media[] = [];
  let room = LARGEST_TOGETHER;
  for (const block of blocks) {
    const sent = sentData(block);
    if (!sent || media.length === MOST_MEDIA || sent.data.length > Math.min(room, LARGEST_MEDIUM)) continue;
    const medium = checked(sent.data);
    if (!medium) continue;
    room -= medium.data.length;
    media.push(sent.uri === undefined ? medium : { ...medium, name: nameFrom(sent.uri) });
  }
  return media;
}

function sentData(block: ContentBlock): { data: string; uri?: string } | undefined {
  if (block.type === "image") return { data: block.data };
  if (block.type !== "resource" || !("blob" in block.resource)) return undefined;
  return { data: block.resource.blob, uri: block.resource.uri };
}

/** Written anew, as providers are stricter about base64 than who reads it here. */
function checked(data: string): Media | undefined {
  try {
    const bytes = Uint8Array.fromBase64(data);
    const mediaType = mediaTypeOf(bytes);
    return mediaType && { mediaType, data: bytes.toBase64() };
  } catch {
    return undefined;
  }
}

function nameFrom(uri: string): string {
  const last = uri.split(/[/\\]/).findLast((part) => part !== "");
  return oneLine(last ?? uri, 100);
}
