import { expect, test } from "bun:test";
import { usesColour } from "../../src/terminal/colour.ts";
import type { StreamKind } from "../../src/terminal/stream-kind.ts";

const CASES: [Record<string, string>, StreamKind, boolean][] = [
  [{}, "terminal", true],
  [{}, "pipe", false],
  [{}, "file", false],
  [{}, "none", false],
  [{ TERM: "dumb" }, "terminal", false],
  [{ CLICOLOR: "0" }, "terminal", false],
  [{ NO_COLOR: "1" }, "terminal", false],
  [{ NO_COLOR: "" }, "terminal", true],
  [{ FORCE_COLOR: "1" }, "pipe", true],
  [{ FORCE_COLOR: "" }, "pipe", true],
  [{ FORCE_COLOR: "0" }, "terminal", false],
  [{ FORCE_COLOR: "false" }, "terminal", false],
  [{ CLICOLOR_FORCE: "1" }, "pipe", true],
  [{ CLICOLOR_FORCE: "0" }, "pipe", false],
  [{ NO_COLOR: "1", FORCE_COLOR: "1", CLICOLOR_FORCE: "1" }, "terminal", false],
];

test.each(CASES)("with %j, colour on a %s: %p", (environment, kind, expected) => {
  expect(usesColour(environment, kind)).toBe(expected);
});
