/** A server whose answers are of the wrong form: what is right of them counts, and nobody waits for the rest. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { connect, limits } from "../servers.ts";

setDefaultTimeout(60_000);

const MALFORMED = fileURLToPath(new URL("../../fixtures/mcp-servers/malformed.mjs", import.meta.url));

function malformed(answers: Partial<Record<"INITIALIZE" | "LIST" | "CALL", object>>) {
  const env = Object.entries(answers).map(([name, answer]) => [name, JSON.stringify(answer)]);
  return connect([MALFORMED], { env: Object.fromEntries(env), era: { kind: "legacy" } });
}

const tool = (name: unknown, more: object = {}) => ({ name, inputSchema: { type: "object" }, ...more });
const called = (server: ReturnType<typeof malformed>) => server.connection.call("go", {}, limits());

describe("a call that is answered with", () => {
  test("something that is no answer fails at once, and that is told once", async () => {
    await using server = malformed({ CALL: { result: 5 } });
    const outcome = { content: "the server sent an answer that is none", isError: true };
    expect(await called(server)).toEqual(outcome);
    expect(await called(server)).toEqual(outcome);
    expect(new Set(server.complaints)).toEqual(new Set(["sends answers that are none"]));
  });

  test("blocks that cannot be read has the others", async () => {
    const content = [
      { type: "text", text: "one" },
      { type: "image", data: "not base64 !!!", mimeType: "image/png" },
      { type: "zzz" },
      { type: "text" },
      null,
      { type: "resource", resource: {} },
      { type: "image", data: "AAAA", mimeType: "image/png" },
      { type: "text", text: "two", annotations: { priority: 1 } },
    ];
    await using server = malformed({ CALL: { result: { content } } });
    expect((await called(server)).content.split("\n")).toEqual([
      "one",
      "[content that cannot be read: image]",
      "[content that cannot be read: zzz]",
      "[content that cannot be read: text]",
      "[content that cannot be read: of no type]",
      "[content that cannot be read: resource]",
      "[image image/png, 3 bytes]",
      "two",
    ]);
  });

  test("a result of the wrong form fails with the place, in one line", async () => {
    await using server = malformed({ CALL: { result: { content: [], isError: "yes" } } });
    expect((await called(server)).content).toBe(
      "answered tools/call with something that is no result: isError",
    );
  });
});

describe("a list of tools", () => {
  test("loses those that make no sense, and no others", async () => {
    const tools = [
      tool("a"),
      tool("b", { inputSchema: { type: "string" } }),
      tool("c", { outputSchema: { type: "string" } }),
      tool("d", { title: 5 }),
      tool(""),
      tool(5),
      null,
      tool("a"),
      tool("x".repeat(129)),
      tool("e"),
    ];
    await using server = malformed({ LIST: { result: { tools } } });
    await server.connection.ready;
    expect(server.lists).toEqual([["a", "c", "e"]]);
    expect(server.tools()[1]?.outputSchema).toBeUndefined();
    expect([...new Set(server.complaints)]).toEqual([
      "has a tool b that is left out: its input schema is not one of an object",
      "has a tool d that is left out: its title is not what the protocol has",
      "has a tool without a name, which is left out",
      "has a tool c with an output schema that is not one of an object; it checks nothing",
      "has more than one tool a; only the first is taken",
      "has tools with names above 128 characters; they are left out",
    ]);
  });

  test.each([
    [{ result: null }, "the server sent an answer that is none"],
    [{ result: {} }, "answered tools/list with something that is no result: tools"],
  ])("that is none, as %j, is told in one line", async (answer, words) => {
    await using server = malformed({ LIST: answer });
    await expect(server.connection.ready).rejects.toMatchObject({ name: "HandshakeFailed", message: words });
  });
});

test("a handshake that is answered with nonsense is told in one line", async () => {
  const result = { protocolVersion: 5, capabilities: {}, serverInfo: { name: "x", version: "1" } };
  await using server = malformed({ INITIALIZE: { result } });
  await expect(server.connection.ready).rejects.toMatchObject({
    message: "answered initialize with something that is no result: protocolVersion",
  });
});
