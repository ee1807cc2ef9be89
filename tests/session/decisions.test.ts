import { expect, test } from "bun:test";
import { IN_MEMORY } from "../../src/session/database.ts";
import { openStore } from "../../src/session/store.ts";

test("a decision is for one tool of one program, and the last one holds", () => {
  const store = openStore(IN_MEMORY);
  const { decisions } = store.kept;
  const tool = { server: "files", serverKey: "one", name: "read" };
  expect(decisions.get(tool)).toBeUndefined();
  decisions.set(tool, "allow");
  expect(decisions.get(tool)).toBe("allow");
  for (const other of [{ server: "x" }, { serverKey: "two" }, { name: "write" }]) {
    expect(decisions.get({ ...tool, ...other })).toBeUndefined();
  }
  decisions.set({ ...tool, serverKey: "two" }, "allow");
  decisions.set(tool, "deny");
  expect(decisions.get(tool)).toBe("deny");
  expect(decisions.get({ ...tool, serverKey: "two" })).toBe("allow");
  store.close();
});
