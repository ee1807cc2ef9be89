import { describe, expect, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";
import { readRunSettings, wantedForm } from "../../src/commands/run-settings.ts";
import { UsageError } from "../../src/lib/errors.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

test.each([
  ["json", ["--json", "--unknown"]],
  ["json", ["-m", "--json"]],
  ["json", ["-o", "json", "--max-turns", "x"]],
  ["ndjson", ["--output=ndjson"]],
  ["ndjson", ["--output", "ndjson"]],
  ["ndjson", ["-ojson", "-ondjson"]],
  ["text", ["-o", "yaml"]],
  ["text", ["-o"]],
  ["text", ["--", "--json", "-o", "json"]],
  ["text", ["hello"]],
] as const)("%s is wanted by %j", (form, args) => {
  expect(wantedForm(args)).toBe(form);
});

describe("how tokens are chosen", () => {
  test("is said above the configuration", () => {
    const args = [
      "--seed",
      "7",
      "--top-p",
      "0.9",
      "--top-k",
      "0",
      "--min-p",
      "0.05",
      "--stop",
      "END",
      "--stop",
      "\n",
    ];
    expect(readRunSettings([...args, "hi"]).overrides.chat).toEqual({
      seed: 7,
      top_p: 0.9,
      top_k: 0,
      min_p: 0.05,
      stop: ["END", "\n"],
    });
    expect(readRunSettings(["hi"]).overrides.chat).toEqual({});
  });

  test.each([
    ["--seed", "-1", "--seed takes a number from 0 to 4294967295"],
    ["--seed", "4294967296", "--seed takes a number from 0 to 4294967295"],
    ["--seed", "1.5", "--seed takes a whole number"],
    ["--top-p", "1.1", "--top-p takes a number from 0 to 1"],
    ["--top-k", "0.5", "--top-k takes a whole number"],
    ["--min-p", "x", '--min-p takes a number from 0 to 1, not "x"'],
    ["--stop", "", "--stop takes a text"],
  ])("%s=%s is refused", (option, value, message) => {
    expect(() => readRunSettings([`${option}=${value}`, "hi"])).toThrow(message);
  });
});

describe("--schema", () => {
  const SCHEMA = { type: "object", required: ["a"] };

  test("is JSON, or a file that holds it", () => {
    const file = path.join(temporaryFolder(), "schema.json");
    fs.writeFileSync(file, JSON.stringify(SCHEMA));
    for (const value of [JSON.stringify(SCHEMA), ` ${JSON.stringify(SCHEMA)}`, file, `@${file}`]) {
      expect(readRunSettings(["--schema", value, "hi"]).schema).toEqual(SCHEMA);
    }
    expect(readRunSettings(["hi"]).schema).toBeUndefined();
  });

  test.each([
    ["{ oops", "--schema: is not JSON"],
    ["gone.json", "gone.json: there is no such file"],
    ["@gone.json", "gone.json: there is no such file"],
    [".", ".: is a folder, not a file"],
  ])("%s is refused", (value, message) => {
    expect(() => readRunSettings(["--schema", value])).toThrow(UsageError);
    expect(() => readRunSettings(["--schema", value])).toThrow(message);
  });

  test.each([
    ["[1]", "the schema has to be a JSON object"],
    ["true", "the schema has to be a JSON object"],
    ["{", "is not JSON"],
    [" ".repeat(1024 * 1024 + 1), "is larger than 1048576 bytes"],
  ])("a file of %.10s is refused", (content, message) => {
    const file = path.join(temporaryFolder(), "schema.json");
    fs.writeFileSync(file, content);
    expect(() => readRunSettings(["--schema", file])).toThrow(UsageError);
    expect(() => readRunSettings(["--schema", file])).toThrow(`${file}: ${message}`);
  });
});

test("several models may stand in, with commas between as in the variable", () => {
  const { overrides } = readRunSettings(["--fallback", "a/b, c/d", "--fallback", "e/f"]);
  expect(overrides.fallback).toEqual(["a/b", "c/d", "e/f"]);
});

test.each([
  ["", "--fallback takes PROVIDER/MODEL, not nothing"],
  ["a/b,", '--fallback takes PROVIDER/MODEL, not nothing beside a comma of "a/b,"'],
])("a fallback without a name is refused: %p", (text, line) => {
  expect(() => readRunSettings(["--fallback", text])).toThrow(line);
});
