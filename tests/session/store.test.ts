import { expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import type { Block, JsonValue } from "../../src/lib/conversation.ts";
import { newSessionId } from "../../src/session/identifier.ts";
import type { NewMessage, Store } from "../../src/session/port.ts";
import { openStore } from "../../src/session/store.ts";
import { titleFrom } from "../../src/session/title.ts";
import { FakeClock } from "../fixtures/fake-clock.ts";
import { databaseFile, openedStore, say, texts } from "./rig.ts";

setDefaultTimeout(30_000);

function appendAll(
  store: Store,
  sessionId: string,
  parentId: number | null,
  ...said: string[]
): number | null {
  let tip = parentId;
  for (const text of said) {
    tip = store.messages.append(sessionId, { ...say(text), parentId: tip, status: "complete" }).message.id;
  }
  return tip;
}

test("what is written is seen by another connection at once, and after a reopening", () => {
  const file = databaseFile();
  const [one, other] = [openedStore(file), openedStore(file)];
  const { id } = one.sessions.create({ name: "work", system: "Be brief." });
  appendAll(one, id, null, "first", "second");
  expect(texts(other.messages.branch(id))).toEqual(["first", "second"]);
  expect(other.sessions.find({ name: "work" })).toMatchObject({
    id,
    title: "first",
    system: "Be brief.",
    messages: 2,
  });
  one.close();
  other.close();
  expect(texts(openedStore(file).messages.branch(id))).toEqual(["first", "second"]);
});

test("a session is a tree: the branch written last is active, the other stays", () => {
  const store = openedStore();
  const { id } = store.sessions.create({});
  const root = appendAll(store, id, null, "root");
  const left = appendAll(store, id, root, "left", "left again");
  const added = store.messages.append(id, { ...say("right"), parentId: root, status: "complete" });
  expect(added.branched).toBe(true);
  expect(texts(store.messages.branch(id))).toEqual(["root", "right"]);
  expect(texts(store.messages.branch(id, left ?? 0))).toEqual(["root", "left", "left again"]);
  expect(
    store.messages.append(id, { ...say("on"), parentId: added.message.id, status: "complete" }).branched,
  ).toBe(false);
});

test("a message cannot hang on another session's", () => {
  const store = openedStore();
  const [one, other] = [store.sessions.create({}), store.sessions.create({})];
  const tip = appendAll(store, one.id, null, "here");
  expect(() => appendAll(store, other.id, tip, "there")).toThrow("FOREIGN KEY");
  expect(store.messages.branch(other.id)).toEqual([]);
});

test("sessions are found by name, by the beginning of an id, and as the latest", () => {
  const clock = new FakeClock();
  const store = openStore(databaseFile(), clock);
  const one = store.sessions.create({ name: "one" });
  const other = store.sessions.create({});
  appendAll(store, one.id, null, "a");
  appendAll(store, other.id, null, "b");
  expect(store.sessions.find({ name: " one " })?.id).toBe(one.id);
  expect(store.sessions.find({ id: other.id.toUpperCase() })?.id).toBe(other.id);
  expect(() => store.sessions.find({ id: one.id.slice(0, 8) })).toThrow("several sessions begin with");
  for (const id of ["", "nothing here", "%", "zzz"]) expect(store.sessions.find({ id })).toBeUndefined();
  void clock.advance(1000);
  store.close();
});

test("the latest is the one that was written last; one without a message is none", async () => {
  const clock = new FakeClock();
  const store = openStore(databaseFile(), clock);
  expect(store.sessions.find({ latest: true })).toBeUndefined();
  const one = store.sessions.create({});
  await clock.advance(10);
  const other = store.sessions.create({});
  const tip = appendAll(store, one.id, null, "a");
  await clock.advance(10);
  appendAll(store, other.id, null, "b");
  expect(store.sessions.find({ latest: true })?.id).toBe(other.id);
  await clock.advance(10);
  appendAll(store, one.id, tip, "c");
  store.sessions.create({});
  expect(store.sessions.find({ latest: true })?.id).toBe(one.id);
  expect(store.sessions.list().map((session) => session.id)).toEqual([one.id, other.id]);
  expect(store.sessions.list(1)).toHaveLength(1);
  store.close();
});

test("a name is had once", () => {
  const store = openedStore();
  const one = store.sessions.create({ name: "one" });
  const other = store.sessions.create({});
  expect(store.sessions.create({ name: "one" }).id).toBe(one.id);
  expect(() => store.sessions.change(other.id, { name: "one" })).toThrow("another session is named one");
  store.sessions.change(one.id, { name: "one", system: "s" });
  store.sessions.change(other.id, { name: "two" });
  expect(store.sessions.find({ name: "two" })?.id).toBe(other.id);
  for (const name of ["", "  ", "a\nb", "x".repeat(101), "\u202e"]) {
    expect(() => store.sessions.create({ name })).toThrow("cannot be the name");
  }
});

test("a removed session takes a long chain of messages with it, and its tool calls", () => {
  const store = openedStore();
  const { id } = store.sessions.create({});
  const tip = appendAll(store, id, null, ...Array.from({ length: 3000 }, (_, index) => `${index}`));
  store.toolCalls.record({ messageId: tip, server: "s", tool: "t", arguments: "{}", ok: true, ms: 1.5 });
  expect(store.toolCalls.ofSession(id)).toEqual([
    { messageId: tip, server: "s", tool: "t", arguments: "{}", ok: true, ms: 1.5 },
  ]);
  expect(store.messages.branch(id)).toHaveLength(3000);
  expect(store.sessions.remove(id)).toBe(true);
  expect(store.sessions.remove(id)).toBe(false);
  expect(store.toolCalls.ofSession(id)).toEqual([]);
  expect(() => appendAll(store, id, tip, "late")).toThrow(`the session ${id} was removed`);
  expect(() => store.messages.change(tip ?? 0, { blocks: [], status: "complete" })).toThrow("was removed");
  expect(() => store.sessions.change(id, { name: "late" })).toThrow("was removed");
});

test("tool lists are kept by their key", () => {
  const store = openedStore();
  const tool = {
    name: "t",
    description: "d",
    inputSchema: { type: "object" },
    annotations: { readOnlyHint: true },
  };
  expect(store.kept.toolLists.get("k")).toBeUndefined();
  store.kept.toolLists.put("k", { tools: [tool], fetchedAt: 5 });
  expect(store.kept.toolLists.get("k")).toEqual({ tools: [tool], fetchedAt: 5 });
  store.kept.toolLists.put("k", { tools: [], fetchedAt: 6 });
  expect(store.kept.toolLists.get("k")).toEqual({ tools: [], fetchedAt: 6 });
});

test("the history keeps the order, and a repetition once", () => {
  const { history } = openedStore();
  for (const line of ["a", "b", "b", "a", "c"]) history.add(line);
  expect(history.recent(10)).toEqual(["a", "b", "a", "c"]);
  expect(history.recent(2)).toEqual(["a", "c"]);
});

test("the history does not grow for ever", () => {
  const store = openStore(":memory:");
  for (let index = 0; index < 10_050; index++) store.history.add(`${index}`);
  expect(store.history.recent(100_000)).toHaveLength(10_000);
  expect(store.history.recent(1)).toEqual(["10049"]);
  store.close();
});

test("ids sort by time and differ within a millisecond", () => {
  expect(newSessionId(1_700_000_000_000, () => 0)).toBe("0loyw3v280000");
  expect(newSessionId(1_700_000_000_000, () => 0.999999)).toHaveLength(13);
  fc.assert(
    fc.property(fc.nat(2 ** 45), fc.integer({ min: 1, max: 2 ** 30 }), (time, later) => {
      expect(newSessionId(time) < newSessionId(time + later)).toBe(true);
    }),
  );
});

test.each([
  ["How do I\nsort a list?", "How do I"],
  ["\n\n  \t indented \r\nnext", "indented"],
  ["\u001b[31mred\u001b[0m", "[31mred[0m"],
  ["a\u202eb\u200bc", "abc"],
  ["", ""],
  ["x".repeat(81), `${"x".repeat(79)}…`],
  ["😀".repeat(81), `${"😀".repeat(79)}…`],
])("the title of %p", (question, title) => {
  expect(titleFrom(question)).toBe(title);
});

const json = fc.jsonValue() as fc.Arbitrary<JsonValue>;
const block: fc.Arbitrary<Block> = fc.oneof(
  fc.record({ type: fc.constant("text" as const), text: fc.string({ unit: "grapheme" }) }),
  fc.record({ type: fc.constant("thinking" as const), text: fc.string(), signature: fc.string() }),
  fc.record({
    type: fc.constant("tool_call" as const),
    id: fc.string(),
    name: fc.string(),
    arguments: fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), json),
  }),
  fc.record({
    type: fc.constant("tool_result" as const),
    callId: fc.string(),
    content: fc.string(),
    isError: fc.boolean(),
  }),
);
const message: fc.Arbitrary<Omit<NewMessage, "parentId">> = fc.record(
  {
    role: fc.constantFrom("user" as const, "assistant" as const),
    blocks: fc.array(block, { maxLength: 4 }),
    status: fc.constantFrom("complete" as const, "partial" as const, "failed" as const),
    provider: fc.string(),
    usage: fc.record({ input: fc.nat(), output: fc.nat(), cacheRead: fc.nat(), cacheWrite: fc.nat() }),
  },
  { requiredKeys: ["role", "blocks", "status"] },
);

test("whatever is stored comes back as it was", () => {
  const store = openedStore();
  fc.assert(
    fc.property(fc.array(message, { maxLength: 6 }), (messages) => {
      const { id } = store.sessions.create({});
      let parentId: number | null = null;
      for (const one of messages) parentId = store.messages.append(id, { ...one, parentId }).message.id;
      const back = store.messages.branch(id).map(({ id: _, parentId: __, createdAt: ___, ...rest }) => rest);
      // Through JSON, which knows no negative zero.
      expect(back).toEqual(JSON.parse(JSON.stringify(messages)));
    }),
  );
});
