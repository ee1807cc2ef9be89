import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Message } from "../../../src/lib/conversation.ts";
import { user } from "../ask.ts";
import { assistant, bodyFor, call, from, result, text, thought } from "./recipients.ts";

const MARK = { type: "ephemeral" as const };
const tools = ["a", "b"].map((name) => ({ name, description: "", inputSchema: { type: "object" } }));
const schema = { type: "object", additionalProperties: { type: "string" } };
const LONG: Message[] = [
  user("a"),
  assistant(thought("hm"), text("so")),
  user("b"),
  assistant(thought("hm"), call("1"), call("2")),
  from(result("1"), result("2")),
];
const stable = { model: "claude-opus-4-6", system: "Be brief.", tools, schema };

/** The request without its marks, as the provider compares it with what it has kept. */
function plain(messages: Message[]) {
  const { tools: sent, system, messages: said } = bodyFor({ ...stable, messages }, { cache: true });
  return JSON.parse(
    JSON.stringify({ tools: sent, system, messages: said }, (key, value) =>
      key === "cache_control" ? undefined : value,
    ),
  );
}

describe("what a provider is asked to keep", () => {
  const body = bodyFor({ ...stable, messages: LONG }, { cache: true });

  test("the tools, the system prompt, the last message and the one that the request before ended with", () => {
    expect(body.tools?.map((tool) => tool.cache_control)).toEqual([undefined, MARK]);
    expect(body.system).toMatchObject([{ type: "text", cache_control: MARK }]);
    const marked = body.messages.map(({ content }) =>
      typeof content === "string"
        ? []
        : content.map((block) => ("cache_control" in block ? block.cache_control : undefined)),
    );
    expect(marked).toEqual([
      [undefined],
      [undefined, undefined],
      [MARK],
      [undefined, undefined, undefined],
      [undefined, MARK],
    ]);
  });

  test("nothing when it does not know of it", () => {
    const bare = bodyFor({ ...stable, messages: LONG });
    expect(JSON.stringify(bare)).not.toContain("cache_control");
    expect(bare.system).toStartWith("Be brief.");
  });

  test("what is not there takes no mark", () => {
    const short = bodyFor({ messages: [user("a")] }, { cache: true });
    expect(short).not.toHaveProperty("tools");
    expect(short).not.toHaveProperty("system");
    expect(JSON.stringify(short).match(/cache_control/g)).toHaveLength(1);
  });

  test("a longer conversation begins, byte for byte, as the shorter did", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: LONG.length }), (length) => {
        // A request ends with the user.
        fc.pre(LONG[length - 1]?.role === "user");
        const [shorter, longer] = [plain(LONG.slice(0, length)), plain(LONG)];
        expect(JSON.stringify(longer.messages.slice(0, length))).toBe(JSON.stringify(shorter.messages));
        expect([longer.tools, longer.system]).toEqual([shorter.tools, shorter.system]);
      }),
    );
  });
});
