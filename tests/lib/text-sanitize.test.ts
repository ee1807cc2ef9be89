import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { LONGEST_STRING } from "../../src/lib/text-escape.ts";
import { Sanitizer, sanitize } from "../../src/lib/text-sanitize.ts";

/** The characters that matter to a terminal, beside ordinary ones. */
const HOSTILE = [
  ..."\x00\x07\b\t\n\r\x18\x1a\x1b\x7f\x85\x90\x98\x9b\x9c\x9d\x9e\x9f",
  ..."\u200b\u200c\u200d\u200e\u202e\u2028\u2066\u2069\ufeff\u00ad\u3164\ufe0f\ufe00\u{e0041}\u{e0100}",
  ..."[]PX^_\\;:?0123mHJK (",
  ..."aé漢نहा👩🏽💻❤1",
  "\ud83d",
  "\udc69",
];
const hostileText = fc.array(fc.constantFrom(...HOSTILE), { maxLength: 60 }).map((parts) => parts.join(""));
const anyText = fc.oneof(hostileText, fc.string({ unit: "binary", maxLength: 60 }));

/** Written apart from the sources: what may never be in the output, joiners and selectors aside. */
const FORBIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]|[\ufe00-\ufe0d]|\p{Cs}/u;
const STRAY_JOINER =
  /(?<![\p{L}\p{M}\p{Emoji}]|\ufe0f)[\u200c\u200d]|[\u200c\u200d](?![\p{L}\p{M}\p{Emoji}])/u;

describe("sanitize", () => {
  test.each([
    ["colours", "\x1b[31mred\x1b[0m", "red"],
    ["cursor movement", "a\x1b[2J\x1b[Hb", "ab"],
    ["a window title", "a\x1b]0;title\x07b", "ab"],
    ["a link, ended by ST", "\x1b]8;;http://x\x1b\\text\x1b]8;;\x1b\\", "text"],
    ["the clipboard", "\x1b]52;c;aGk=\x07ok", "ok"],
    ["device control over lines", "a\x1bPq#0\n#1\x1b\\b", "ab"],
    ["application command", "\x1b_Gf=100;AAAA\x1b\\x", "x"],
    ["privacy message and start of string", "\x1b^secret\x1b\\\x1bXsecret\x1b\\x", "x"],
    ["C1 introducers", "\x9b31mred\x9d0;t\x9cx\x90q\x9cy", "redxy"],
    ["a character set", "\x1b(0lqqk\x1b(B", "lqqk"],
    ["two-letter sequences", "\x1bc\x1b7a\x1b8", "a"],
    ["a cancelled sequence", "\x1b[12\x18m", "m"],
    ["a sequence inside a sequence", "\x1b[1\x1b[31mx", "x"],
    ["a newline that breaks a sequence off", "\x1b[1\nx", "\nx"],
    ["a title that never ends", "a\x1b]0;title\nb", "a\nb"],
    ["control characters", "a\x00b\x08c\x7fd\x85e", "abcde"],
    ["tab and newline, which stay", "a\tb\nc", "a\tb\nc"],
    ["line ends of Windows", "a\r\nb\r\n", "a\nb\n"],
    ["carriage returns that overwrite", "rm -rf /\rls      ", "rm -rf /\nls      "],
    ["reordering", "abc\u202edef\u2066x\u2069\u200e\u061c", "abcdefx"],
    ["what has no width", "p\u200ba\u2060y\ufeffp\u00ada\u034fl", "paypal"],
    ["blank letters", "a\u3164b\u115fc", "abc"],
    ["smuggled tags", "a\u{e0041}\u{e0042}b", "ab"],
    ["smuggled selectors", "😀\ufe0f\ufe01\u{e0100}b", "😀\ufe0fb"],
    ["a lone half of a character", "a\ud83db", "a\ufffdb"],
    ["line and paragraph separators", "a\u2028b\u2029c", "a\nb\nc"],
  ])("strips %s", (_name, text, expected) => {
    expect(sanitize(text)).toBe(expected);
  });

  test.each(["👩‍👩‍👧‍👦", "👩🏽‍💻", "❤️‍🔥", "🏳️‍🌈", "1️⃣", "می‌خواهم", "क्‍ष", "naïve 漢字 ελληνικά"])(
    "leaves %s as it is",
    (text) => {
      expect(sanitize(text)).toBe(text);
    },
  );

  test("drops joiners that join nothing", () => {
    expect(sanitize("pass\u200dword\u200c")).toBe("password");
    expect(sanitize("👩\u200d\u200d👧")).toBe("👩👧");
    expect(sanitize("👩\u200d.")).toBe("👩.");
  });

  test("gives up on a string that is too long to be one", () => {
    const body = "x".repeat(LONGEST_STRING);
    expect(sanitize(`a\x1b]${body}\x07b`)).toBe("ab");
    expect(sanitize(`a\x1b]${body}yz\x07b`)).toBe("ayzb");
  });

  test("property: no forbidden character comes through", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const clean = sanitize(text);
        expect(clean).not.toMatch(FORBIDDEN);
        expect(clean).not.toMatch(STRAY_JOINER);
      }),
      { numRuns: 5_000 },
    );
  });

  test("property: what is clean stays as it is", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const clean = sanitize(text);
        expect(sanitize(clean)).toBe(clean);
      }),
      { numRuns: 2_000 },
    );
  });

  test("property: it does not matter where the text was cut", () => {
    fc.assert(
      fc.property(anyText, fc.array(fc.nat(60), { maxLength: 8 }), (text, cuts) => {
        const places = [0, ...cuts.filter((cut) => cut < text.length).sort((a, b) => a - b), text.length];
        const sanitizer = new Sanitizer();
        const pieces = places.slice(1).map((end, index) => sanitizer.write(text.slice(places[index], end)));
        expect(pieces.join("") + sanitizer.end()).toBe(sanitize(text));
      }),
      { numRuns: 5_000 },
    );
  });

  test("passes plain text on without delay, whatever was cut before it", () => {
    const sanitizer = new Sanitizer();
    expect(sanitizer.write("one")).toBe("one");
    expect(sanitizer.write("👩\u200d")).toBe("👩");
    expect(sanitizer.write(" two")).toBe(" two");
    expect(sanitizer.end()).toBe("");
  });
});
