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

/** A mention begins a word, which may be marked as Markdown does: an e-mail address is none. */
const BEGIN = String.raw`(?<=(?:^|[\s([{<"'«“„‚‘,;:（［｛「『【《〈〔，。、；：！？])[*_~]{0,3})`;
const NAMED = String.raw`@([^\s:@"']+):(?:"([^"\n]+)"|'([^'\n]+)'|([^\s"'][^\s]*))`;
/** What follows a backslash is meant as it stands. */
const MENTION = new RegExp(String.raw`${BEGIN}(\\?)${NAMED}`, "gu");

/** What ends a sentence, a quotation or a bracket, and hardly ever a path or an address. */
const CLOSING = new Set(".,;:!?…*\"'»”“’‘。，、；：！？");
const BRACKETS: Readonly<Record<string, string>> = {
  ")": "(",
  "]": "[",
  "}": "{",
  ">": "<",
  "）": "（",
  "］": "［",
  "｝": "｛",
  "」": "「",
  "』": "『",
  "】": "【",
  "》": "《",
  "〉": "〈",
  "〕": "〔",
};

/**
 * The mentions in a text, in their order. An `@` with any other word before the colon than `file`, `url` and the name of
 * a server is none.
 */
export function findMentions(text: string, serverNames: readonly string[]): Mention[] {
  return scan(text, serverNames).flatMap(({ mention, isEscaped }) => (isEscaped ? [] : [mention]));
}

/** Where the backslashes stand that keep something from being a mention. */
export function findEscapes(text: string, serverNames: readonly string[]): number[] {
  return scan(text, serverNames).flatMap(({ mention, isEscaped }) => (isEscaped ? [mention.start - 1] : []));
}

function scan(text: string, serverNames: readonly string[]): { mention: Mention; isEscaped: boolean }[] {
  const found: { mention: Mention; isEscaped: boolean }[] = [];
  for (const match of text.matchAll(MENTION)) {
    const [whole, backslash = "", word = "", double, single, bare = ""] = match;
    const quoted = double ?? single;
    const target = quoted ?? withoutClosing(bare, text.charAt(match.index - 1));
    const kind = word === "file" || word === "url" ? word : "server";
    if (target === "" || (kind === "server" && !serverNames.includes(word))) continue;
    const start = match.index + backslash.length;
    const end = match.index + whole.length - (quoted === undefined ? bare.length - target.length : 0);
    const mention = { kind, ...(kind === "server" && { server: word }), target, start, end } as const;
    found.push({ mention, isEscaped: backslash !== "" });
  }
  return found;
}

/**
 * Without what belongs to the sentence around it: a closing bracket stays if its opening one is there as well, and a mark
 * such as `_` if the mention does not begin with it.
 */
function withoutClosing(bare: string, before: string): string {
  const left = new Map<string, number>();
  for (const character of bare) left.set(character, (left.get(character) ?? 0) + 1);
  const count = (character: string) => left.get(character) ?? 0;
  const mark = before === "_" || before === "~" ? before : undefined;
  let end = bare.length;
  for (; end > 0; end--) {
    const last = bare.charAt(end - 1);
    const opening = BRACKETS[last];
    const unbalanced = opening !== undefined && count(opening) < count(last);
    if (!unbalanced && !CLOSING.has(last) && last !== mark) break;
    left.set(last, count(last) - 1);
  }
  return bare.slice(0, end);
}
