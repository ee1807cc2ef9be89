import { describe, expect, test } from "bun:test";
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
  ])("%s", (_, pieces, text, end) => {
    expect(typed(...pieces)).toEqual([text, end]);
  });
});
