import { expect, test } from "bun:test";
import { lacking } from "../../src/app/unfinished.ts";
import type { Block } from "../../src/lib/conversation.ts";
import type { StoredMessage } from "../../src/session/port.ts";

const text: Block = { type: "text", text: "a" };
const call: Block = { type: "tool_call", id: "1", name: "t", arguments: {} };
const thought: Block = { type: "thinking", text: "hm" };

function ends(role: StoredMessage["role"], status: StoredMessage["status"], ...blocks: Block[]) {
  return lacking([{ id: 1, parentId: null, createdAt: 0, role, status, blocks }]);
}

test("a conversation that is whole, or has not begun, lacks nothing", () => {
  expect(lacking([])).toBeUndefined();
  expect(ends("assistant", "complete", text)).toBeUndefined();
});

test("an answer that broke off lacks its rest, if there was a word of it", () => {
  expect(ends("assistant", "partial", thought, text)).toBe("rest");
  expect(ends("assistant", "partial", thought)).toBe("answer");
});

test("a question, results of tools and calls without results lack an answer", () => {
  expect(ends("user", "complete", text)).toBe("answer");
  expect(ends("assistant", "complete", text, call)).toBe("answer");
});
