import { expect, test } from "bun:test";
import { costsOf, totalOf } from "../../../src/mcp/client/tools/cost.ts";

const tool = (server: string, name: string, description = "") => ({
  server,
  name,
  qualifiedName: `${server}__${name}`,
  description,
  inputSchema: { type: "object" },
  annotations: {},
});

test("tools cost what they add to a request, in bytes; the dearest server comes first", () => {
  const plain = '{"name":"a__x","description":"","input_schema":{"type":"object"}}'.length;
  const costs = costsOf([tool("a", "x"), tool("b", "x", "é".repeat(100)), tool("b", "y")]);
  expect(costs).toEqual([
    { server: "b", tools: 2, bytes: 2 * plain + 200, tokens: Math.ceil((2 * plain + 200) / 4) },
    { server: "a", tools: 1, bytes: plain, tokens: Math.ceil(plain / 4) },
  ]);
  expect(totalOf(costs)).toMatchObject({ tools: 3, bytes: 3 * plain + 200 });
  expect(costsOf([])).toEqual([]);
});
