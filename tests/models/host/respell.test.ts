import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { respell, type Spoken } from "../../../src/models/host/respell.ts";

/** Tokens are texts here: any way to cut a text is a spelling of it. */
const spell = (tokens: readonly string[]) => tokens.join("");

test("keeps the model's spelling of its answer", () => {
  const evaluated = ["<s>", "hi", "</u>", "He", "llo", "!"];
  const wanted = ["<s>", "hi", "</u>", "Hel", "lo!", "</s>", "more"];
  const spoken = [{ start: 3, end: 6 }];
  expect(respell(wanted, evaluated, spoken, spell)).toEqual([...evaluated, "</s>", "more"]);
});

test("a blank that was not shown, and one that the template cut off, do not matter", () => {
  const evaluated = ["<s>", " He", "llo", " "];
  const wanted = ["<s>", "Hello", "</s>"];
  expect(respell(wanted, evaluated, [{ start: 1, end: 4 }], spell)).toEqual([...evaluated, "</s>"]);
});

test("a stop text that was evaluated is no part of the answer", () => {
  const evaluated = ["<s>", "He", "llo", "STOP"];
  const wanted = ["<s>", "Hello", "</s>"];
  expect(respell(wanted, evaluated, [{ start: 1, end: 4 }], spell)).toEqual(["<s>", "He", "llo", "</s>"]);
});

describe("leaves the prompt as it is", () => {
  test.each<[string, string[], string[], Spoken[]]>([
    [
      "when it is another conversation",
      ["<s>", "ho", "Hello"],
      ["<s>", "hi", "He", "llo"],
      [{ start: 2, end: 4 }],
    ],
    [
      "when the answer was edited",
      ["<s>", "hi", "Bye", "</s>"],
      ["<s>", "hi", "He", "llo"],
      [{ start: 2, end: 4 }],
    ],
    ["when nothing was said", ["<s>", "hi"], ["<s>", "hi", "He"], []],
    ["when the sequence was cut since", ["<s>", "hi", "Hello"], ["<s>", "hi"], [{ start: 2, end: 4 }]],
  ])("%s", (_name, wanted, evaluated, spoken) => {
    expect(respell(wanted, evaluated, spoken, spell)).toEqual(wanted);
  });
});

const word = fc.stringMatching(/^[a-z]{1,8}$/);

/** A conversation of prompts and answers: as evaluated with the answers cut one way, and as wanted, cut another way. */
const conversations = fc.array(fc.record({ prompt: word, answer: word, cut: fc.nat(7), other: fc.nat(7) }), {
  minLength: 1,
  maxLength: 6,
});

test("of any conversation, only what is new is to be evaluated", () => {
  fc.assert(
    fc.property(conversations, (turns) => {
      const evaluated: string[] = [];
      const wanted: string[] = [];
      const spoken: Spoken[] = [];
      for (const { prompt, answer, cut, other } of turns) {
        const head = ["<u>", prompt, "</u>"];
        evaluated.push(...head);
        wanted.push(...head);
        const start = evaluated.length;
        evaluated.push(...pieces(answer, cut));
        spoken.push({ start, end: evaluated.length });
        wanted.push(...pieces(answer, other));
      }
      const result = respell([...wanted, "<u>", "new"], evaluated, spoken, spell);
      expect(result).toEqual([...evaluated, "<u>", "new"]);
    }),
  );
});

test("never changes what a prompt says", () => {
  const tokens = fc.array(fc.constantFrom("a", "b", "ab", "ba", "<u>"), { maxLength: 12 });
  const ranges = fc.array(fc.record({ start: fc.nat(12), end: fc.nat(12) }), { maxLength: 3 });
  fc.assert(
    fc.property(tokens, tokens, ranges, (wanted, evaluated, spoken) => {
      expect(spell(respell(wanted, evaluated, spoken, spell))).toBe(spell(wanted));
    }),
  );
});

function pieces(text: string, cut: number): string[] {
  return [text.slice(0, cut), text.slice(cut)].filter((piece) => piece !== "");
}
