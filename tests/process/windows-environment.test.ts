import { expect, test } from "bun:test";
import { childEnvironment } from "../../src/process/environment.ts";

const SOURCE = {
  Path: "C:\\bin",
  SystemRoot: "C:\\Windows",
  APPDATA: "a",
  LocalAppData: "l",
  USERPROFILE: "u",
  Temp: "t",
  ComSpec: "cmd",
  PATHEXT: ".EXE",
  OPENAI_API_KEY: "secret",
  ProgramFiles: "p",
};

test("on Windows what programs need there goes along, in whatever case it is written; keys do not", () => {
  const { OPENAI_API_KEY: _, ProgramFiles: __, ...passed } = SOURCE;
  expect(childEnvironment({}, SOURCE, "win32")).toEqual(passed);
  expect(childEnvironment({}, SOURCE, "linux")).toEqual({});
});

test("on Windows what is named takes the place of what differs in case only", () => {
  const source = { Path: "old", SystemRoot: "s" };
  expect(childEnvironment({ PATH: "new" }, source, "win32")).toEqual({ PATH: "new", SystemRoot: "s" });
});
