/** How many tokens an image or a PDF is about. Pure. */
import type { Media } from "../../lib/conversation.ts";

/** Providers scale larger images down to about this. */
const IMAGE = 1600;
/** Its text, and the picture that is made of it. */
const PAGE = 2500;
/** Of a PDF whose pages are packed away: of printed text, with its fonts. */
const BYTES_A_PAGE = 50_000;
/** What providers take. */
const MOST_PAGES = 1000;

/** Tokens, estimated. */
export function estimateMedia({ mediaType, data }: Media): number {
  return mediaType === "application/pdf" ? pagesOf(Buffer.from(data, "base64")) * PAGE : IMAGE;
}

/** Counts the page objects; where they are compressed, the largest count that a page tree names, else a guess by size. */
function pagesOf(pdf: Buffer): number {
  const text = pdf.toString("latin1");
  const objects = text.match(/\/Type\s*\/Page(?![a-zA-Z])/g)?.length ?? 0;
  const counts = [...text.matchAll(/\/Count\s+(\d{1,5})(?!\d)/g)].map((match) => Number(match[1]));
  const named = counts.reduce((most, count) => Math.max(most, count), objects);
  return Math.min(MOST_PAGES, Math.max(1, named || Math.ceil(pdf.length / BYTES_A_PAGE)));
}
