import { expect, test } from "bun:test";
import { StoreError } from "../../src/session/errors.ts";
import { copySession } from "../../src/session/selection.ts";
import { openedStore, say } from "./rig.ts";

/** A session of two messages, and their ids. */
function begun(store: ReturnType<typeof openedStore>) {
  const session = store.sessions.create({});
  const append = (parentId: number | null, text: string) =>
    store.messages.append(session.id, { ...say(text), parentId, status: "complete" }).message.id;
  const first = append(null, "one");
  return { session, first, second: append(first, "two") };
}

test("a summary is kept with the message that it ends at, and the newer one counts", () => {
  const store = openedStore();
  const { session, first, second } = begun(store);
  store.summaries.put({ messageId: second, text: "both" });
  store.summaries.put({ messageId: first, text: "one" });
  store.summaries.put({ messageId: first, text: "one, better" });
  expect(store.summaries.ofSession(session.id)).toEqual([
    { messageId: first, text: "one, better" },
    { messageId: second, text: "both" },
  ]);
  expect(store.summaries.ofSession("another")).toEqual([]);
});

test("a summary goes with its session", () => {
  const store = openedStore();
  const { session, first } = begun(store);
  store.summaries.put({ messageId: first, text: "one" });
  expect(store.sessions.remove(session.id)).toBe(true);
  expect(store.summaries.ofSession(session.id)).toEqual([]);
});

test("there is no summary of a message that is not there", () => {
  const store = openedStore();
  expect(() => store.summaries.put({ messageId: 7, text: "nothing" })).toThrow(StoreError);
});

test("a copy of a session has its summaries", () => {
  const [store, other] = [openedStore(), openedStore()];
  const { session, second } = begun(store);
  store.summaries.put({ messageId: second, text: "both" });
  const copy = copySession(store, session, other);
  const last = other.messages.branch(copy.id).at(-1)?.id ?? 0;
  expect(other.summaries.ofSession(copy.id)).toEqual([{ messageId: last, text: "both" }]);
});
