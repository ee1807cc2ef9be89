/** The demo's vocabulary, and what follows what in its sentences. */
import { CONTROLS } from "../gguf/chat-template.ts";
import { createVocabulary, type Vocabulary } from "../gguf/vocabulary.ts";
import { BEFORE_HOUR, BEFORE_WEEKDAY, CLOCK_PIECES, OFFSETS } from "./clock-words.ts";
import { cutIntoPieces } from "./pieces.ts";
import { DEMO_CONTROLS } from "./template.ts";
import { CLOCK_TOOL, DECOYS, PARTS, type PartName, TOPICS } from "./texts.ts";

export interface DemoTokens {
  vocabulary: Vocabulary;
  /** The token that follows a token, whatever came before. */
  successors: ReadonlyMap<number, number>;
  /** The first token of each part. */
  first: Record<PartName, number>;
  /** Tokens that mean a topic, by its place in the list of topics. */
  keywords: ReadonlyMap<number, number>;
}

/** Throws when a piece would be needed twice. */
export function demoTokens(): DemoTokens {
  const fixed = [...Object.values(CLOCK_PIECES).flat(), BEFORE_HOUR, BEFORE_WEEKDAY, CLOCK_TOOL, "{}"];
  const taken = new Set(fixed);
  const parts = Object.entries(PARTS).map(([name, { text }]) => [name, cutIntoPieces(text, taken)] as const);
  const pieces = new Map(parts);
  const spellings = [
    ...TOPICS.flatMap(({ words }) => words.flatMap(spellingsOf)),
    ...DECOYS.flatMap(spellingsOf),
  ];
  const vocabulary = createVocabulary(
    [...Object.values(CONTROLS), ...Object.values(DEMO_CONTROLS)],
    [...new Set([...taken, ...OFFSETS, ...spellings])],
  );
  const { id } = vocabulary;
  const chains = [
    ...parts.map(([name, own]) => [...own, afterPart(name, pieces)]),
    [CONTROLS.call, CLOCK_TOOL, "\n", "\n"],
    [CONTROLS.arguments, "{}", "\n"],
    [CONTROLS.called, CONTROLS.end],
    ...CLOCK_PIECES.second.map((second) => [second, BEFORE_WEEKDAY]),
    ...CLOCK_PIECES.year.map((year) => [year, pieces.get("told")?.[0] ?? ""]),
  ];
  const successors = chains.flatMap((chain) =>
    chain.slice(1).map((piece, index) => [id(chain[index] ?? ""), id(piece)] as const),
  );
  const first = Object.fromEntries(parts.map(([name, own]) => [name, id(own[0] ?? "")]));
  return {
    vocabulary,
    successors: new Map(successors),
    // Made from the entries of PARTS.
    first: first as Record<PartName, number>,
    keywords: keywordsAmong([...taken, ...spellings], id),
  };
}

function afterPart(name: string, pieces: ReadonlyMap<string, readonly string[]>): string {
  const next = Object.entries(PARTS).find(([part]) => part === name)?.[1].next;
  return (next && pieces.get(next)?.[0]) ?? CONTROLS.end;
}

/** Within a text, at its beginning, and shouted. */
function spellingsOf(word: string): string[] {
  const capital = word.charAt(0).toUpperCase() + word.slice(1);
  return [word, capital, word.toUpperCase()].flatMap((spelling) => [spelling, ` ${spelling}`]);
}

/** A piece of a sentence may have a keyword in it: who asks with the demo's own words is understood too. */
function keywordsAmong(pieces: readonly string[], id: (piece: string) => number): Map<number, number> {
  const decoys = DECOYS.map((word) => word.toLowerCase());
  const keywords = new Map<number, number>();
  for (const piece of pieces) {
    const word = piece.trim().toLowerCase();
    if (decoys.includes(word)) continue;
    const topic = TOPICS.findIndex(({ words }) => words.some((known) => saysWord(word, known)));
    if (topic >= 0) keywords.set(id(piece), topic);
  }
  return keywords;
}

function saysWord(text: string, word: string): boolean {
  return new RegExp(`(^|[^a-z])${word}`).test(text);
}
