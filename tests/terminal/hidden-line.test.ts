import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { HiddenLine } from "../../src/terminal/hidden-line.ts";

/** The line that these pieces of input make, and how it ended. */
function typed(...pieces: string[]) {
  const line = new HiddenLine();
  const ends = pieces.map((piece) => line.write(piece));
  return [line.text, ends.at(-1)];
}

describe("a line that is not shown", () => {
  test.each([
    ["typed", ["s", "k", "\r"], "sk", "entered"],
    ["pasted with its newline, and more behind it", ["sk-1\nmore\n"], "sk-1", "entered"],
    ["pasted between marks", ["\x1b[200~sk-1\x1b[201~", "\r"], "sk-1", "entered"],
    ["mended", ["sx\x7fk\b\b\bsk\r"], "sk", "entered"],
    ["begun anew", ["wrong\x15right\r"], "right", "entered"],
    ["with arrows and other keys", ["\x1b[Ds\x1bOA\tk\x01\r"], "sk", "entered"],
    ["of characters beyond the first plane", ["🔑\x7fk\r"], "k", "entered"],
    ["given up", ["\x04"], "", "given up"],
    ["with a Ctrl-D in it", ["s\x04k\r"], "sk", "entered"],
    ["interrupted", ["sk\x03"], "sk", "interrupted"],
    ["not ended", ["sk"], "sk", undefined],
    ["pasted between marks that are cut", ["\x1b", "[200~sk-1\x1b[20", "1~\r"], "sk-1", "entered"],
    ["with a sequence that breaks off", ["s\x1b[20\x1bk\r"], "sk", "entered"],
    ["interrupted behind an Escape", ["sk\x1b", "\x03"], "sk", "interrupted"],
  ])("%s", (_, pieces, text, end) => {
    expect(typed(...pieces)).toEqual([text, end]);
  });

  test("is the same wherever its pieces are cut", () => {
    const sequence = fc.constantFrom(
      "\x1b[200~",
      "\x1b[201~",
      "\x1b[D",
      "\x1b[1;5C",
      "\x1bOA",
      "\x1b",
      "\x7f",
      "\x15",
    );
    const key = fc.constantFrom("sk-", "🔑", "0", "[", "O", "~");
    const cuts = fc.array(fc.nat(60));
    fc.assert(
      fc.property(fc.array(fc.oneof(sequence, key)), cuts, (keys, where) => {
        const all = Array.from(`${keys.join("")}\r`);
        const ends = [...new Set([...where, all.length])].sort((one, other) => one - other);
        const pieces = ends.map((end, index) => all.slice(ends[index - 1] ?? 0, end).join(""));
        expect(typed(...pieces.filter((piece) => piece !== ""))).toEqual(typed(all.join("")));
      }),
    );
  });
});
