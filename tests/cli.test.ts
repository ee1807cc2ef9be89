import { describe, expect, test } from "bun:test";
import { route } from "../src/cli.ts";
import { UsageError } from "../src/lib/errors.ts";

/** The command's words and what is left for it. */
async function way(...argv: string[]): Promise<[string, string[]]> {
  const { words, rawArgs } = await route(argv);
  return [words.join(" "), rawArgs];
}

describe("the way to a command", () => {
  test.each([
    [[], ["", []]],
    [
      ["hello", "there"],
      ["", ["hello", "there"]],
    ],
    [["chat"], ["chat", []]],
    [
      ["chat", "-m", "a/b"],
      ["chat", ["-m", "a/b"]],
    ],
    [
      ["-q", "tools"],
      ["tools", ["-q"]],
    ],
    [
      ["--config", "tools", "call", "s", "t"],
      ["call", ["--config", "tools", "s", "t"]],
    ],
    [
      ["--config=x", "version"],
      ["version", ["--config=x"]],
    ],
    [
      ["-m", "gpu/qwen", "call", "me", "Ishmael"],
      ["", ["-m", "gpu/qwen", "call", "me", "Ishmael"]],
    ],
    [
      ["please", "call", "me"],
      ["", ["please", "call", "me"]],
    ],
    [
      ["--", "chat"],
      ["", ["--", "chat"]],
    ],
    [["constructor"], ["", ["constructor"]]],
    [["sessions"], ["sessions", []]],
    [
      ["sessions", "list", "--json"],
      ["sessions list", ["--json"]],
    ],
    [
      ["sessions", "-q", "show", "abc"],
      ["sessions show", ["-q", "abc"]],
    ],
    [
      ["-v", "sessions", "rm", "list"],
      ["sessions rm", ["-v", "list"]],
    ],
  ] as [string[], [string, string[]]][])("%j", async (argv, expected) => {
    expect(await way(...argv)).toEqual(expected);
  });

  test("an unknown subcommand is refused, the nearest one named", async () => {
    await expect(way("sessions", "lits")).rejects.toMatchObject({
      message: "unknown command sessions lits",
      advice: "did you mean list?",
    });
    await expect(way("sessions", "frobnicate")).rejects.toMatchObject({
      advice: expect.stringContaining("there are list, show, rm, cost"),
    });
    await expect(way("sessions", "constructor")).rejects.toBeInstanceOf(UsageError);
  });

  test("a key where a subcommand of keys should be is refused without repeating it", async () => {
    for (const word of ["sk-proj-short", "0123456789abcdef0123", "AbCdEfGhIjKlMnOpQrStUvWxYz"]) {
      const refused = await way("keys", word).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(UsageError);
      expect(JSON.stringify(refused) + String(refused)).not.toContain(word);
      expect(refused).toMatchObject({ advice: expect.stringContaining("mcpchat keys set PROVIDER") });
    }
    await expect(way("keys", "remove")).rejects.toMatchObject({ message: "unknown command keys remove" });
    await expect(way("keys", "my-provider")).rejects.toThrow("unknown command keys my-provider");
  });

  test("an option that a group of commands does not know is refused, not answered with help", async () => {
    await expect(way("sessions", "--json", "list")).rejects.toMatchObject({
      message: "unknown option --json",
    });
    expect(await way("sessions", "--help")).toEqual(["sessions", ["--help"]]);
  });
});
