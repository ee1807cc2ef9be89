import { expect, test } from "bun:test";
import fc from "fast-check";
import { judge, matchesTool, type PermissionRules, type Verdict } from "../../src/chat/permission.ts";
import { tool } from "./scripted.ts";

const READ = tool("files", "read_file", { readOnlyHint: true });
const WRITE = tool("files", "write_file");
const NOTHING: PermissionRules = { allow: [], deny: [], yes: false };

test.each<[string, typeof READ, Partial<PermissionRules>, boolean, Verdict]>([
  ["nothing said", WRITE, {}, false, "ask"],
  ["a hint of a server that is not trusted", READ, {}, false, "ask"],
  ["a hint of a trusted server", READ, {}, true, "allow"],
  ["trust without a hint", WRITE, {}, true, "ask"],
  ["allowed by server and tool", WRITE, { allow: ["files/write_*"] }, false, "allow"],
  ["allowed by tool alone", WRITE, { allow: ["write_file"] }, false, "allow"],
  ["allowed elsewhere", WRITE, { allow: ["other/*"] }, false, "ask"],
  ["--yes", WRITE, { yes: true }, false, "allow"],
  ["deny wins over allow", WRITE, { allow: ["*/*"], deny: ["files/*"] }, false, "deny"],
  ["deny wins over --yes and trust", READ, { yes: true, deny: ["read_*"] }, true, "deny"],
])("%s", (_, called, rules, trusted, verdict) => {
  expect(judge(called, { ...NOTHING, ...rules }, trusted)).toBe(verdict);
});

test("whatever else is said, a tool that a glob denies is denied", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("*", "*/*", "files/*", "write_*")),
      fc.boolean(),
      fc.boolean(),
      (allow, yes, trusted) => {
        expect(judge(WRITE, { allow, yes, deny: ["files/write_file"] }, trusted)).toBe("deny");
      },
    ),
  );
});

test("a star matches names with a slash and with characters that globs know", () => {
  expect(matchesTool("files/*", { server: "files", name: "a/b" })).toBe(true);
  expect(matchesTool("*", { server: "files", name: ".hidden" })).toBe(true);
});
