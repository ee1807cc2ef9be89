import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { findEscapes, findMentions } from "../../src/attachments/mentions.ts";

const servers = ["files", "my-server"];
const found = (text: string) =>
  findMentions(text, servers).map(({ kind, server, target }) =>
    server === undefined ? `${kind} ${target}` : `${kind} ${server} ${target}`,
  );

describe("a mention", () => {
  test.each([
    ["@file:a.txt", ["file a.txt"]],
    ["look at @file:a/b.txt, please", ["file a/b.txt"]],
    ["(see @file:a.txt)", ["file a.txt"]],
    ["(@file:a(1).txt)", ["file a(1).txt"]],
    ["@file:\"a b.txt\" and @file:'c d'.", ["file a b.txt", "file c d"]],
    ["@file:~/x.png?", ["file ~/x.png"]],
    ["“@file:a.txt”", ["file a.txt"]],
    ["@url:https://example.com/a?b=c,d#e.", ["url https://example.com/a?b=c,d#e"]],
    ["@url:https://en.wikipedia.org/wiki/A_(b)", ["url https://en.wikipedia.org/wiki/A_(b)"]],
    ["@files:file:///a.txt", ["server files file:///a.txt"]],
    ["@my-server:note://today!", ["server my-server note://today"]],
    ["a\n@file:x\tb", ["file x"]],
    ["@file:a @file:b", ["file a", "file b"]],
    ["**@file:notes.md**", ["file notes.md"]],
    ["_@file:a_b_, ~~@file:c~~ *(@file:d)*.", ["file a_b", "file c", "file d"]],
    ["- [@file:a_](x)", ["file a_](x)"]],
    ["看，@file:a.txt。", ["file a.txt"]],
    ["（@file:a.txt）、 「@file:b」！ 《@file:c（1）》", ["file a.txt", "file b", "file c（1）"]],
  ])("is found in %j", (text, mentions) => {
    expect(found(text)).toEqual(mentions);
  });

  test.each([
    ["me@file:a.txt"],
    ["mail me@example.com: now"],
    ["@other:thing"],
    ["@file: a.txt"],
    ["@file:..."],
    ["@file"],
    ["\\@file:a.txt"],
    ["@@file:a"],
    ["a*@file:a"],
    ["a_@file:a"],
    ["@FILE:a"],
    ["http://x/@file:a"],
    ["@Files:a"],
  ])("is none in %j", (text) => {
    expect(found(text)).toEqual([]);
  });

  test("tells where it stands, with its quotes and without the sentence around it", () => {
    const text = 'a @file:"b c", @url:http://d.';
    expect(findMentions(text, []).map(({ start, end }) => text.slice(start, end))).toEqual([
      '@file:"b c"',
      "@url:http://d",
    ]);
  });

  test("is part of the text, whatever the text is, and never overlaps another", () => {
    const pieces = fc.array(
      fc.constantFrom(
        "@",
        "file",
        ":",
        "url",
        '"',
        "'",
        " ",
        "a",
        ".",
        ")",
        "(",
        "\n",
        "😀",
        "*",
        "_",
        "\\",
        "。",
      ),
    );
    fc.assert(
      fc.property(pieces, (parts) => {
        const text = parts.join("");
        let last = 0;
        for (const { target, start, end } of findMentions(text, servers)) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(text.slice(start, end)).toContain(target);
          expect(target).not.toBe("");
          last = end;
        }
      }),
    );
  });
});

test("a backslash is told of where it keeps something from being a mention", () => {
  const text = '\\@file:x (\\@files:y) \\@file:"a b" @file:z \\@other:y a\\@file:x \\\\@file:x \\a';
  const escaped = findEscapes(text, servers).map((start) => text.slice(start, start + 4));
  expect(escaped).toEqual(["\\@fi", "\\@fi", "\\@fi"]);
  expect(found(text)).toEqual(["file z"]);
});

test("a hostile line is looked through at once", () => {
  expect(found(`@file:${"(".repeat(200_000)}${")".repeat(200_000)}`)).toHaveLength(1);
  expect(found(`@file:a${").".repeat(200_000)}`)).toEqual(["file a"]);
  expect(found('@file:"'.repeat(50_000))).not.toEqual([]);
  expect(found(`${"*".repeat(200_000)}@file:a`)).toEqual([]);
  expect(found("@".repeat(200_000))).toEqual([]);
  expect(found(`@${"x".repeat(200_000)}`)).toEqual([]);
});
