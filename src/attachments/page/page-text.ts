/** A web page as the text that a person would read of it. */
import { decodeEntities } from "./entities.ts";

const DROPPED = new Set(
  "script style noscript template svg math iframe object canvas nav select button audio video".split(" "),
);
const BLOCKS = new Set(
  (
    "address article aside blockquote body dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 " +
    "header hr li main ol p pre section summary table title tr ul"
  ).split(" "),
);

/** Stand for white space that counts, until all other white space is one blank. */
const KEPT_SPACE = "\ue000";
const KEPT_BREAK = "\ue001";

/**
 * The words of a page, a line for each block: without scripts, styles and navigation, headings marked with `#`, items
 * with `-`, and what is preformatted as it is.
 */
export function pageText(html: string): string {
  const kept = rewriter().transform(html.replace(/[\ue000\ue001]/g, " "));
  // Runs first, as each later pattern would look at a long one anew from each of its characters.
  const lines = decodeEntities(kept.replace(/[^\S\n]+/g, " ").replace(/ ?\n\s*/g, "\n"))
    .replaceAll(KEPT_SPACE, " ")
    .replaceAll(KEPT_BREAK, "\n")
    .split("\n")
    .map((line) => line.trimEnd());
  return lines
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

function rewriter(): HTMLRewriter {
  let preformatted = 0;
  return new HTMLRewriter()
    .onDocument({
      comments: (comment) => void comment.remove(),
      // What a page declares itself to be is nothing to read; the types have it read-only.
      doctype: (doctype) => void (doctype as unknown as { remove(): void }).remove(),
      text: (chunk) => {
        const { text } = chunk;
        const plain = preformatted > 0 ? keepSpace(text) : text.replace(/\s+/g, " ");
        if (plain !== text) chunk.replace(plain, { html: true });
      },
    })
    .on("*", {
      element(element) {
        const tag = element.tagName;
        if (DROPPED.has(tag) || element.hasAttribute("hidden")) return void element.remove();
        if (tag === "pre" && element.canHaveContent !== false) {
          preformatted++;
          element.onEndTag(() => void preformatted--);
        }
        surround(element);
        element.removeAndKeepContent();
      },
    });
}

function keepSpace(text: string): string {
  return text.replace(/\r?\n/g, KEPT_BREAK).replace(/\s/g, KEPT_SPACE);
}

/** What a tag says to a reader, as text around its content. */
function surround(element: HTMLRewriterTypes.Element): void {
  const tag = element.tagName;
  if (tag === "br") element.before("\n");
  if (tag === "td" || tag === "th") element.before(" | ");
  if (tag === "img") element.before(altText(element.getAttribute("alt")), { html: true });
  if (!BLOCKS.has(tag)) return;
  const heading = /^h[1-6]$/.test(tag) ? `${KEPT_BREAK}${"#".repeat(Number(tag[1]))} ` : "";
  element.before(`\n${tag === "li" ? "- " : heading}`);
  element.after("\n");
}

function altText(alt: string | null): string {
  return alt === null || alt.trim() === "" ? "" : `[${alt.replaceAll("<", "&lt;")}]`;
}
