import { expect, test } from "bun:test";
import { wantedForm } from "../../src/commands/run-settings.ts";

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
