import { describe, expect, test } from "bun:test";
import type { JSONRPCMessage } from "@modelcontextprotocol/client";
import { type MessageFault, wellFormed } from "../../../src/mcp/client/link/envelope.ts";

/** What becomes of a message with these members, and what is told of it. */
function take(members: object) {
  const told: string[] = [];
  const message = { jsonrpc: "2.0", ...members } as JSONRPCMessage; // It need not be one.
  const taken = wellFormed(message, (fault: MessageFault) => told.push(fault.message));
  return { taken, told };
}

const noAnswer = (words = "") => ({
  jsonrpc: "2.0",
  id: 1,
  error: { code: -32603, message: `the server sent an answer that is none${words}` },
});

describe("a message of the right form is left as it is", () => {
  test.each([
    { id: 1, result: {} },
    { id: "listen:1", result: { _meta: {} } },
    { id: 1, error: { code: -32601, message: "no", data: 5 } },
    { id: 1, method: "ping" },
    { method: "notifications/message", params: {} },
  ])("%j", (members) => {
    expect(take(members)).toEqual({ taken: { jsonrpc: "2.0", ...members } as JSONRPCMessage, told: [] });
  });
});

describe("an answer that is none is an error at once", () => {
  test.each([
    [{ result: 5 }, ""],
    [{ result: null }, ""],
    [{ result: [] }, ""],
    [{ result: { _meta: 5 } }, ""],
    [{}, ""],
    [{ result: {}, error: { code: 1, message: "both" } }, ": both"],
    [{ error: "words" }, ": words"],
    [{ error: { code: 1.5, message: "half" } }, ": half"],
    [{ error: { code: "E", message: 5 } }, ""],
  ])("%j", (members, words) => {
    const { taken, told } = take({ id: 1, ...members });
    expect(taken).toEqual(noAnswer(words) as JSONRPCMessage);
    expect(told).toEqual(["sends answers that are none"]);
  });
});

describe("what is too much, or null, does no harm", () => {
  test.each([
    [
      { id: 1, result: {}, error: null },
      { id: 1, result: {} },
    ],
    [
      { id: 1, result: {}, took: 5 },
      { id: 1, result: {} },
    ],
    [
      { id: 1, result: null, error: { code: 1, message: "no" } },
      { id: 1, error: { code: 1, message: "no" } },
    ],
    [{ id: null, method: "notifications/x", params: null }, { method: "notifications/x" }],
    [
      { id: "1", result: {} },
      { id: 1, result: {} },
    ],
  ])("%j", (members, kept) => {
    expect(take(members)).toEqual({ taken: { jsonrpc: "2.0", ...kept } as JSONRPCMessage, told: [] });
  });
});

describe("what belongs to nobody is told, and nothing else", () => {
  test.each([
    [{ id: "", result: {} }, "sends answers whose id is not the one of the request"],
    [{ id: {}, result: {} }, "sends answers whose id is not the one of the request"],
    [{ id: 1.5, result: {} }, "sends answers whose id is not the one of the request"],
    [{ id: null, error: { code: -32700, message: "bad" } }, "cannot read what it is sent: bad"],
    [{ id: null, result: {} }, "sends messages that are none"],
    [{}, "sends messages that are none"],
  ])("%j", (members, words) => {
    expect(take(members)).toEqual({ taken: undefined, told: [words] });
  });
});
