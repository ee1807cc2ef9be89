import { describe, expect, test } from "bun:test";
import { expandTemplate, makes } from "../../../src/mcp/client/content/template.ts";
import { failure } from "./content-server.ts";

describe("a template", () => {
  test.each([
    ["note:///{name}", { name: "a b/c" }, "note:///a%20b%2Fc"],
    ["note:///{+path}", { path: "a/b" }, "note:///a/b"],
    ["note:///{name}{?page,size}", { name: "a", size: "3" }, "note:///a?size=3"],
    ["note:///{name}{?page}", { name: "a" }, "note:///a"],
    ["note:///plain", {}, "note:///plain"],
  ])("%s with %j is %s", async (template, variables: Record<string, string>, uri) => {
    expect(await expandTemplate(template, variables)).toBe(uri);
  });

  test.each([
    ["note:///{a}/{b}", { a: "1" }, "note:///{a}/{b} needs b; add b=..."],
    ["note:///{name}", { nam: "1" }, "note:///{name} takes no argument nam; did you mean name?"],
    ["note:///plain", { a: "1" }, "note:///plain takes no argument a; it takes none"],
    ["note:///{a", { a: "1" }, "not a template: note:///{a; Unclosed template expression"],
  ])("%s with %j is refused: %s", async (template, variables: Record<string, string>, line) => {
    expect(await failure(expandTemplate(template, variables))).toEqual({ line, exitCode: 2 });
  });

  test("is known by what it makes; one that cannot be read makes nothing", async () => {
    expect(await makes("note:///{name}", "note:///a")).toBe(true);
    expect(await makes("note:///{name}", "other:///a")).toBe(false);
    expect(await makes("note:///{name", "note:///{name")).toBe(false);
  });
});
