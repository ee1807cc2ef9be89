import { describe, expect, test } from "bun:test";
import type { Check } from "./suite.ts";
import { compareWithKnown, judge, readKnownFailures } from "./verdict.ts";

function check(status: Check["status"]): Check {
  return { id: "a-check", status, description: "what is checked" };
}

function run(checks: Check[], stdout = "something\ndone\n") {
  return { scenario: "tools_call", checks, stdout, stderr: "it broke\n    at line 7" };
}

describe("the verdict on a scenario", () => {
  test("is good when something succeeded and nothing failed", () => {
    const checks = [check("INFO"), check("SUCCESS"), check("SKIPPED")];
    expect(judge(run(checks))).toEqual({ scenario: "tools_call", complaints: [] });
  });

  test.each<Check["status"]>(["FAILURE", "WARNING"])("is bad for a %s", (status) => {
    expect(judge(run([check("SUCCESS"), check(status)])).complaints).toEqual(["a-check: what is checked"]);
  });

  test("is bad when nothing was checked, or the driver broke off", () => {
    expect(judge(run([check("SKIPPED")])).complaints).toEqual(["nothing was checked"]);
    expect(judge(run([check("SUCCESS")], "something\n")).complaints).toEqual([
      "the driver did not come to its end: it broke",
    ]);
  });
});

describe("the list of known failures", () => {
  const known = readKnownFailures("| scenario | why |\n|---|---|\n| `auth/one` | An extension. |\n");
  const failing = (scenario: string) => ({ scenario, complaints: ["failed"] });

  test("is read from the table", () => {
    expect([...known]).toEqual([["auth/one", "An extension."]]);
  });

  test("is true when exactly that fails", () => {
    expect(compareWithKnown([failing("auth/one"), { scenario: "two", complaints: [] }], known)).toEqual([]);
  });

  test("is not true when something else fails, or something passes", () => {
    const verdicts = [{ scenario: "auth/one", complaints: [] }, failing("two")];
    expect(compareWithKnown(verdicts, known)).toEqual([
      "two fails, and the README does not say why",
      "auth/one passes or was not run, but the README says that it fails",
    ]);
  });
});
