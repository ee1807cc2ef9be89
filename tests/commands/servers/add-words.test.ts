// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are variables of the configuration.
import { expect, test } from "bun:test";
import { serverFromWords } from "../../../src/commands/servers/add-words.ts";

test("folders that a server is told of are those of the folder where it was added", () => {
  const values = { root: ["docs", "/srv/data", "${HOME}/notes"] };
  expect(serverFromWords(["x"], ["npx", "files"], values, "/home/ada")).toEqual({
    name: "x",
    server: { command: "npx", args: ["files"], roots: ["/home/ada/docs", "/srv/data", "${HOME}/notes"] },
  });
});
