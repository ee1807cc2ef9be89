/** What every failure looks like from outside: an exit code, one line that says why, and nothing of our insides. */
import { expect } from "bun:test";
import type { Result } from "./program.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: the character that no line may hold.
const ESCAPE = /\u001b/;

/** Lines of retries, which come before the last word. */
const RETRY = /; (?:trying again (?:at once|in \d+\.\d s) \(attempt \d\)|asking again \(\d of \d\))$/;

/** Checks the form of a failure; returns the line without `mcpchat: `. */
export function expectFailure({ code, stderr }: Result, expectedCode: number): string {
  expect({ code, stderr }).toEqual({ code: expectedCode, stderr: expect.stringMatching(/^mcpchat: .*\n$/s) });
  expect(stderr).not.toMatch(ESCAPE);
  expect(stderr).not.toMatch(/^\s+at /m);
  const lines = stderr.trimEnd().split("\n");
  const failures = lines.filter((line) => !RETRY.test(line));
  expect(failures).toEqual([expect.stringMatching(/^mcpchat: \S/)]);
  expect(lines.at(-1)).toBe(failures[0]);
  return failures[0]?.replace("mcpchat: ", "") ?? "";
}

/** Checks that a run went well and told nothing. */
export function expectSilentSuccess({ code, stderr }: Result): void {
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
}
