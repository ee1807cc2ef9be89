import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { fromEditable, type InputPart, PasteSplitter, toEditable } from "../../src/terminal/paste.ts";

/** Parts that lie next to each other and are of one kind, as one. */
function joined(parts: InputPart[]): InputPart[] {
  const result: InputPart[] = [];
  for (const { kind, text } of parts) {
    const last = result.at(-1);
    if (last?.kind === kind) last.text += text;
    else result.push({ kind, text });
  }
  return result;
}

describe("PasteSplitter", () => {
  test("tells pastes from keys", () => {
    const parts = new PasteSplitter().write("a\x1b[200~one\ntwo\x1b[201~b\r");
    expect(parts).toEqual([
      { kind: "keys", text: "a" },
      { kind: "paste", text: "one\ntwo" },
      { kind: "keys", text: "b\r" },
    ]);
  });

  test("holds a lone Escape for the next key, unless it is asked for", () => {
    const splitter = new PasteSplitter();
    expect(splitter.write("\x1b")).toEqual([]);
    expect(splitter.write("b")).toEqual([{ kind: "keys", text: "\x1bb" }]);
    expect(splitter.write("\x1b")).toEqual([]);
    expect(splitter.releaseEscape()).toEqual([{ kind: "keys", text: "\x1b" }]);
    expect(splitter.releaseEscape()).toEqual([]);
  });

  test("property: it does not matter where the input was cut", () => {
    const piece = fc.constantFrom("a", "\x1b", "\x1b[", "\x1b[200~", "\x1b[201~", "\x1b[A", "\r", "é", "20");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), fc.nat(200), (pieces, cut) => {
        const text = `${pieces.join("")}.`;
        const splitter = new PasteSplitter();
        const parts = [...splitter.write(text.slice(0, cut)), ...splitter.write(text.slice(cut))];
        expect(joined(parts)).toEqual(joined(new PasteSplitter().write(text)));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("editable text", () => {
  test("keeps newlines through an edit and drops what a line cannot hold", () => {
    expect(fromEditable(toEditable("one\r\n\ttwo\n\x1bthree"))).toBe("one\n  two\nthree");
  });
});
