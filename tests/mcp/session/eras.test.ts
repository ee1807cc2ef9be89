/** What is known of the era that a server speaks, from one start of it to the next. */
import { describe, expect, test } from "bun:test";
import { EraOf, type RememberedEra } from "../../../src/mcp/client/session/eras.ts";

const LEGACY = { kind: "legacy" } as const;
const MODERN = { kind: "modern" } as const;
const DAY_MS = 24 * 60 * 60_000;

/** A server under a wall clock that can be set, with a memory that can be looked at. */
function server(memory = new Map<string, RememberedEra>()) {
  const time = { now: 1_000_000 };
  const kept = {
    get: (key: string) => memory.get(key),
    put(key: string, era: RememberedEra | undefined) {
      if (era) memory.set(key, era);
      else memory.delete(key);
    },
  };
  return { era: new EraOf("key", kept, () => time.now), memory, time };
}

const remembering = (era: RememberedEra["era"]) => server(new Map([["key", { era, until: 2_000_000 }]]));

describe("a server of which nothing is known", () => {
  test("is asked, and what it says is remembered for a day", () => {
    const { era, memory, time } = server();
    expect(era.next()).toBeUndefined();
    era.confirm(MODERN);
    expect(memory.get("key")).toEqual({ era: MODERN, until: time.now + DAY_MS });
  });

  test("that ends when it is asked is taken for an older one, without a word, and remembered as that", () => {
    const { era, memory } = server();
    era.next();
    expect(era.refute()).toBe(true);
    expect(memory.size).toBe(0);
    expect(era.next()).toEqual(LEGACY);
    era.confirm(LEGACY);
    expect(memory.get("key")?.era).toEqual(LEGACY);
  });

  test("that ends as an older one too is news, and is asked again at the next try", () => {
    const { era, memory } = server();
    era.next();
    era.refute();
    era.next();
    expect(era.refute()).toBe(false);
    expect(memory.size).toBe(0);
    expect(era.isPatient).toBe(false);
    expect(era.next()).toBeUndefined();
    // It may have been too slow to answer the first question.
    expect(era.isPatient).toBe(true);
    expect(era.next()).toEqual(LEGACY);
  });

  test("is taken for an older one when it has one try only", () => {
    const { era } = server();
    expect(era.next(false)).toEqual(LEGACY);
  });

  test("and that has one try only is not remembered as what it was taken for", () => {
    const { era, memory } = server();
    era.next(false);
    era.confirm(LEGACY);
    expect(memory.size).toBe(0);
    expect(era.next()).toBeUndefined();
  });
});

describe("a server that is remembered", () => {
  test.each([LEGACY, MODERN])("begins as what it was: %o", (known) => {
    const { era, memory, time } = remembering(known);
    expect(era.next()).toEqual(known);
    time.now += 1000;
    era.confirm(known);
    // The day is counted from when it was asked, or nobody would ever ask again.
    expect(memory.get("key")?.until).toBe(2_000_000);
  });

  test("as what it is no longer is asked at once, without a word, and the new answer is remembered", () => {
    const { era, memory } = remembering(MODERN);
    era.next();
    expect(era.refute()).toBe(true);
    expect(memory.has("key")).toBe(false);
    expect(era.next()).toBeUndefined();
    // It may be one that ends when it is asked.
    expect(era.refute()).toBe(true);
    expect(era.next()).toEqual(LEGACY);
    era.confirm(LEGACY);
    expect(memory.get("key")?.era).toEqual(LEGACY);
  });

  test("and answers as another one is remembered as that", () => {
    const { era, memory } = remembering(MODERN);
    era.next();
    era.confirm(LEGACY);
    expect(memory.get("key")?.era).toEqual(LEGACY);
  });

  test("is asked again after its day", () => {
    const { era, time } = remembering(LEGACY);
    time.now = 2_000_000;
    expect(era.next()).toBeUndefined();
  });

  test("begins as that after a restart as well", () => {
    const { era } = server();
    era.next();
    era.confirm(LEGACY);
    expect(era.next()).toEqual(LEGACY);
  });

  test("is that for one try only, too", () => {
    const { era } = remembering(MODERN);
    expect(era.next(false)).toEqual(MODERN);
  });
});

test("without a memory it is remembered for as long as the server is wanted", () => {
  const era = new EraOf("key", undefined, () => 1_000_000);
  era.next();
  era.confirm(LEGACY);
  expect(era.next()).toEqual(LEGACY);
  expect(era.refute()).toBe(true);
  expect(era.next()).toBeUndefined();
});
