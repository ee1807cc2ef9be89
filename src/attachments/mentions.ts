/** `@file:PATH`, `@url:ADDRESS` and `@SERVER:URI` in what a user types. Pure. */

export interface Mention {
  /** `server` names one of the MCP servers. */
  kind: "file" | "url" | "server";
  /** Of the server; absent for the others. */
  server?: string;
  /** The path or the address, without quotes. */
  target: string;
  /** Where it stands in the text, with its `@` and its quotes. */
  start: number;
  end: number;
}

/** A mention begins a word: an e-mail address is none, nor is what follows a backslash. */
const MENTION = /(?<![^\s([{<"'«“„‚‘,;:])@([^\s:@"']+):(?:"([^"\n]+)"|'([^'\n]+)'|([^\s"'][^\s]*))/gu;

/** What ends a sentence, a quotation or a bracket, and hardly ever a path or an address. */
const CLOSING = new Set(".,;:!?…\"'»”“’‘");
const BRACKETS: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{", ">": "<" };

/**
 * The mentions in a text, in their order. An `@` with any other word before the colon than `file`, `url` and the name of
 * a server is none.
 */
export function findMentions(text: string, serverNames: readonly string[]): Mention[] {
  const mentions: Mention[] = [];
  for (const match of text.matchAll(MENTION)) {
    const [whole, word = "", double, single, bare = ""] = match;
    const quoted = double ?? single;
    const target = quoted ?? withoutClosing(bare);
    const kind = word === "file" || word === "url" ? word : "server";
    if (target === "" || (kind === "server" && !serverNames.includes(word))) continue;
    const start = match.index;
    const end = start + whole.length - (quoted === undefined ? bare.length - target.length : 0);
    mentions.push({ kind, ...(kind === "server" && { server: word }), target, start, end });
  }
  return mentions;
}

/** Without what belongs to the sentence around it: a closing bracket stays if its opening one is there as well. */
function withoutClosing(bare: string): string {
  const left = new Map<string, number>();
  for (const character of bare) left.set(character, (left.get(character) ?? 0) + 1);
  const count = (character: string) => left.get(character) ?? 0;
  let end = bare.length;
  for (; end > 0; end--) {
    const last = bare.charAt(end - 1);
    const opening = BRACKETS[last];
    const unbalanced = opening !== undefined && count(opening) < count(last);
    if (!unbalanced && !CLOSING.has(last)) break;
    left.set(last, count(last) - 1);
  }
  return bare.slice(0, end);
}
