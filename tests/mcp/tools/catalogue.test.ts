import { expect, test } from "bun:test";
import { buildCatalogue } from "../../../src/mcp/client/tools/catalogue.ts";
import { serverConfig } from "../servers.ts";

const tool = (name: string) => ({ name, description: "", inputSchema: {}, annotations: {} });
const config = (name: string, tools = { allow: [] as string[], deny: [] as string[] }) =>
  serverConfig(name, [], { tools });

test("filters hold for what is offered and for what is set aside", () => {
  const { tools, setAside } = buildCatalogue([
    {
      config: config("a", { allow: ["read*"], deny: ["read_all"] }),
      tools: ["read", "read_all", "write"].map(tool),
      setAside: [tool("write_all")],
    },
    { config: config("b"), tools: [tool("x")], setAside: [tool("y")] },
  ]);
  expect(tools.map(({ qualifiedName }) => qualifiedName)).toEqual(["a__read", "b__x"]);
  expect([...setAside.keys()]).toEqual(["b__y"]);
});

test("no tool takes over the name of one that is set aside", () => {
  // Plain names meet a forged hash: the one with the plain name keeps it, whether it is offered or not.
  const [hashed = ""] = buildCatalogue([
    { config: config("a"), tools: [tool("läs")], setAside: [] },
  ]).tools.map(({ qualifiedName }) => qualifiedName.slice("a__".length));
  const { tools, setAside } = buildCatalogue([
    { config: config("a"), tools: [tool("läs")], setAside: [tool(hashed)] },
  ]);
  expect([...setAside.keys()]).toEqual([`a__${hashed}`]);
  expect(tools.map(({ qualifiedName }) => qualifiedName)).not.toContain(`a__${hashed}`);
});
