import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { qualifiedNames, type ToolId, toolKey } from "../../../src/mcp/client/tools/naming.ts";

const name = (server: string, tool: string, others: ToolId[] = []) =>
  qualifiedNames([{ server, name: tool }, ...others]).get(toolKey({ server, name: tool }));

describe("qualified names", () => {
  test("are the server and the tool, where that is unambiguous", () => {
    expect(name("files", "read_file")).toBe("files__read_file");
    expect(name("files", "_read")).toBe("files___read");
  });

  test("tell apart what would look the same", () => {
    const one = { server: "a", name: "b__c" };
    const other = { server: "a__b", name: "c" };
    const names = qualifiedNames([one, other]);
    expect(names.get(toolKey(one))).toBe("a__b__c");
    expect(names.get(toolKey(other))).toMatch(/^a__b__c_[0-9a-f]{8}$/);
  });

  test("a name made to meet another one's hash gives way", () => {
    const hashed = name("files", "läs") ?? "";
    const [, forged = ""] = hashed.split("__");
    const names = qualifiedNames([
      { server: "files", name: "läs" },
      { server: "files", name: forged },
    ]);
    expect(names.get(toolKey({ server: "files", name: forged }))).toBe(hashed);
    expect(names.get(toolKey({ server: "files", name: "läs" }))).toMatch(/_[0-9a-f]{32}$/);
  });

  const part = fc.oneof(
    fc.string({ unit: fc.constantFrom("a", "b", "_", "-"), minLength: 1, maxLength: 5 }),
    fc.string({ unit: "binary", maxLength: 90 }),
  );
  const tools = fc.array(fc.record({ server: part, name: part }), { maxLength: 12 });

  test("are unique, short, and of the alphabet, whatever the servers send", () => {
    fc.assert(
      fc.property(tools, (list) => {
        const names = qualifiedNames(list);
        const distinct = new Set(list.map(toolKey)).size;
        expect(names.size).toBe(distinct);
        expect(new Set(names.values()).size).toBe(distinct);
        for (const qualified of names.values()) expect(qualified).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
      }),
    );
  });

  test("do not depend on the order", () => {
    fc.assert(
      fc.property(tools, (list) => {
        const reversed = qualifiedNames(list.toReversed());
        for (const [key, qualified] of qualifiedNames(list)) expect(reversed.get(key)).toBe(qualified);
      }),
    );
  });
});
