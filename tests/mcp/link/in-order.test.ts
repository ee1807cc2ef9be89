import { describe, expect, test } from "bun:test";
import type { JSONRPCMessage } from "@modelcontextprotocol/client";
import { inOrder } from "../../../src/mcp/client/link/in-order.ts";

const news = (method: string): JSONRPCMessage => ({ jsonrpc: "2.0", method });
const answer = (id: number): JSONRPCMessage => ({ jsonrpc: "2.0", id, result: {} });

/** A receiver that handles notifications a moment later, as the SDK does, and what it has handled. */
function receiver() {
  const handled: string[] = [];
  const errors: Error[] = [];
  const take = (message: JSONRPCMessage) => {
    if ("method" in message && message.method === "bad") throw new Error("bad");
    if ("id" in message) handled.push(String(message.id));
    else if ("method" in message) void Promise.resolve().then(() => handled.push(message.method));
  };
  const messages = inOrder(take, (error) => errors.push(error));
  return { handled, errors, messages };
}

describe("messages that arrive together", () => {
  test("are handled in their order", async () => {
    const { handled, messages } = receiver();
    for (const message of [news("a"), news("b"), answer(1), news("c"), answer(2)]) messages.push(message);
    await Bun.sleep(0);
    expect(handled).toEqual(["a", "b", "1", "c", "2"]);
  });

  test("are delivered at once when they are answers", () => {
    const { handled, messages } = receiver();
    messages.push(answer(1));
    messages.push(answer(2));
    expect(handled).toEqual(["1", "2"]);
  });

  test("do no harm to the program, or to those after them, when one cannot be handled", async () => {
    const { handled, errors, messages } = receiver();
    for (const message of [news("a"), news("bad"), news("bad"), answer(1)]) messages.push(message);
    messages.push(news("bad"));
    messages.flush();
    await Bun.sleep(0);
    expect(handled).toEqual(["a", "1"].toSorted());
    expect(errors.map(({ message }) => message)).toEqual(["bad", "bad", "bad"]);
  });

  test("are errors for whoever waits for an answer that cannot be taken", () => {
    const taken: JSONRPCMessage[] = [];
    const take = (message: JSONRPCMessage) => {
      if ("result" in message) throw new Error("bad");
      taken.push(message);
    };
    inOrder(take, () => {}).push(answer(1));
    expect(taken).toMatchObject([{ id: 1, error: { message: "the server sent an answer that is none" } }]);
  });

  test("are not lost when nothing comes after them", () => {
    const { handled, messages } = receiver();
    messages.push(news("a"));
    messages.push(answer(1));
    messages.flush();
    expect(handled).toEqual(["1"]);
  });
});
