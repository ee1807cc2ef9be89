import { expect, setDefaultTimeout, test } from "bun:test";
import type { Block } from "../../src/lib/conversation.ts";
import { UsageError } from "../../src/lib/errors.ts";
import { openedStore, SessionRig, say, texts } from "./rig.ts";

setDefaultTimeout(30_000);

const BY = { provider: "test", model: "m" };
const said = (text: string): Block[] => [{ type: "text", text }];

function handleId(rig: SessionRig): string {
  return rig.session.handle.current().id ?? "";
}

test("a message is on disk before append returns; a session without one is not stored", async () => {
  const rig = await SessionRig.started();
  const other = openedStore(rig.file);
  const { handle } = rig.session;
  expect(handle.current()).toMatchObject({ title: "", saved: true });
  expect(handle.current().id).toBeUndefined();
  expect(other.sessions.list()).toEqual([]);
  const { id } = handle.append(say("hello\nthere"));
  expect(texts(other.messages.branch(handleId(rig)))).toEqual(["hello\nthere"]);
  expect(handle.current().title).toBe("hello");
  expect(handle.messages()).toMatchObject([{ id, parentId: null, status: "complete" }]);
});

test("killed and restarted, it is the same conversation from the store", async () => {
  const rig = await SessionRig.started();
  rig.session.handle.append(say("one"));
  rig.session.handle.append(say("two", "assistant"));
  const before = { info: rig.session.handle.current(), messages: rig.session.handle.messages() };
  const dead = rig.session.handle;
  const handle = await rig.session.killAndStart();
  expect(handle.messages()).toEqual(before.messages);
  expect(handle.current().id).toBe(before.info.id as string);
  handle.append(say("three"));
  expect(texts(handle.messages())).toEqual(["one", "two", "three"]);
  expect(() => dead.append(say("from the dead"))).toThrow("restarted");
  expect(() => dead.messages()).toThrow("restarted");
});

test("what a new session is to be survives a kill before its first message", async () => {
  const rig = await SessionRig.started();
  rig.session.handle.open({ name: "plans" });
  rig.session.handle.change({ system: "Be brief." });
  const handle = await rig.session.killAndStart();
  expect(handle.current()).toMatchObject({ name: "plans", system: "Be brief." });
  handle.append(say("one"));
  expect(openedStore(rig.file).sessions.find({ name: "plans" })).toMatchObject({
    system: "Be brief.",
    messages: 1,
  });
});

test("the store killed and restarted under it is used by the next call", async () => {
  const rig = await SessionRig.started();
  rig.session.handle.append(say("one"));
  await rig.store.end("kill");
  expect(() => rig.session.handle.append(say("lost?"))).toThrow("store is not running");
  await rig.store.start();
  rig.session.handle.append(say("two"));
  expect(texts(rig.session.handle.messages())).toEqual(["one", "two"]);
  expect(texts((await rig.session.killAndStart()).messages())).toEqual(["one", "two"]);
});

test("sessions are opened by name, by id, and as the latest", async () => {
  const rig = await SessionRig.started();
  const { handle } = rig.session;
  expect(() => handle.open({ latest: true })).toThrow("there is no session to continue");
  expect(() => handle.open({ id: "0loyw3v28zzzz" })).toThrow(UsageError);
  handle.open({ name: "plans" });
  handle.append(say("in plans"));
  const { id = "" } = handle.current();
  handle.open({ new: true });
  expect(handle.messages()).toEqual([]);
  handle.open({ id: id.slice(0, 12) });
  expect(texts(handle.messages())).toEqual(["in plans"]);
  handle.open({ new: true });
  expect(handle.open({ latest: true }).id).toBe(id);
  handle.open({ new: true });
  expect(handle.open({ name: "plans" }).id).toBe(id);
  expect(() => handle.open({ new: true, name: "plans" })).toThrow("another session is named plans");
  expect(() => handle.open({ name: "\u0007" })).toThrow("cannot be the name");
  expect(handle.current().id).toBe(id);
});

test("name and system prompt change, and are kept", async () => {
  const rig = await SessionRig.started();
  rig.session.handle.append(say("one"));
  rig.session.handle.change({ name: "plans" });
  rig.session.handle.change({ system: "Be brief." });
  const handle = await rig.session.killAndStart();
  expect(handle.current()).toMatchObject({ name: "plans", system: "Be brief." });
  handle.open({ new: true });
  expect(() => handle.change({ name: "plans" })).toThrow("another session is named plans");
});

test("an answer is written at once, then at most every 250 ms, and at its end", async () => {
  const rig = await SessionRig.started();
  const { handle } = rig.session;
  const other = openedStore(rig.file);
  handle.append(say("question"));
  const onDisk = () => other.messages.branch(handleId(rig)).at(-1);
  const answer = handle.beginAnswer(BY);
  expect(onDisk()?.role).toBe("user");
  answer.update(said("a"));
  expect(onDisk()).toMatchObject({ ...BY, role: "assistant", status: "partial", blocks: said("a") });
  answer.update(said("ab"));
  await rig.clock.advance(249);
  answer.update(said("abc"));
  expect(onDisk()?.blocks).toEqual(said("a"));
  await rig.clock.advance(1);
  expect(onDisk()?.blocks).toEqual(said("abc"));
  await rig.clock.advance(1000);
  answer.update(said("abcd"));
  expect(onDisk()?.blocks).toEqual(said("abcd"));
  const usage = { input: 1, output: 2, cacheRead: 3, cacheWrite: 4 };
  answer.complete(said("abcde"), usage);
  expect(onDisk()).toMatchObject({ status: "complete", blocks: said("abcde"), usage });
  expect(handle.messages().at(-1)).toMatchObject({ status: "complete", blocks: said("abcde"), usage });
  expect(rig.clock.pending).toBe(0);
  answer.update(said("late"));
  answer.fail(said("late"));
  expect(onDisk()?.blocks).toEqual(said("abcde"));
  handle.append(say("next"));
  expect(texts(handle.messages())).toEqual(["question", "abcde", "next"]);
  expect(rig.notices).toEqual([]);
});

test("an answer that failed keeps what came; one that brought nothing leaves nothing", async () => {
  const rig = await SessionRig.started();
  const { handle } = rig.session;
  handle.append(say("question"));
  handle.beginAnswer(BY).fail([]);
  expect(texts(handle.messages())).toEqual(["question"]);
  const answer = handle.beginAnswer(BY);
  answer.update(said("half"));
  answer.fail(said("half an"));
  expect(handle.messages().at(-1)).toMatchObject({ status: "partial", blocks: said("half an") });
  handle.beginAnswer(BY).complete([], { input: 5, output: 0, cacheRead: 0, cacheWrite: 0 });
  expect(texts(handle.messages())).toEqual(["question", "half an"]);
  handle.append(say("again"));
  expect(texts((await rig.session.killAndStart()).messages())).toEqual(["question", "half an", "again"]);
});

test("killed in mid-answer, it loses nothing, and the answer goes on", async () => {
  const rig = await SessionRig.started();
  rig.session.handle.append(say("question"));
  const answer = rig.session.handle.beginAnswer(BY);
  answer.update(said("a"));
  answer.update(said("ab"));
  await rig.session.end("kill");
  expect(rig.clock.pending).toBe(0);
  const handle = await rig.session.start();
  expect(handle.messages().at(-1)).toMatchObject({ status: "partial", blocks: said("ab") });
  answer.update(said("abc"));
  await rig.clock.advance(250);
  expect(texts(openedStore(rig.file).messages.branch(handleId(rig)))).toEqual(["question", "abc"]);
  answer.complete(said("abcd"));
  expect(handle.messages().at(-1)).toMatchObject({ status: "complete", blocks: said("abcd") });
});

test("an answer that begins to arrive while the service is down is part of the conversation", async () => {
  const rig = await SessionRig.started();
  rig.session.handle.append(say("question"));
  const answer = rig.session.handle.beginAnswer(BY);
  await rig.session.end("kill");
  answer.complete(said("whole"));
  const handle = await rig.session.start();
  handle.append(say("next"));
  expect(texts(handle.messages())).toEqual(["question", "whole", "next"]);
});

test("an answer that a message overtakes is kept on a branch of its own", async () => {
  const rig = await SessionRig.started();
  const { handle } = rig.session;
  const root = handle.append(say("question"));
  const answer = handle.beginAnswer(BY);
  handle.append(say("never mind"));
  answer.complete(said("late"));
  handle.append(say("next"));
  expect(texts(handle.messages())).toEqual(["question", "never mind", "next"]);
  expect(texts((await rig.session.killAndStart()).messages())).toEqual(["question", "never mind", "next"]);
  const late = openedStore(rig.file).messages.branch(handleId(rig), root.id + 2);
  expect(texts(late)).toEqual(["question", "late"]);
});

test("stopped, it writes what was still behind", async () => {
  const rig = await SessionRig.started();
  rig.session.handle.append(say("question"));
  const answer = rig.session.handle.beginAnswer(BY);
  answer.update(said("a"));
  answer.update(said("ab"));
  expect(await rig.session.end("stop")).toEqual({ kind: "shutdown" });
  const store = openedStore(rig.file);
  expect(texts(store.messages.branch(store.sessions.find({ latest: true })?.id ?? ""))).toEqual([
    "question",
    "ab",
  ]);
  expect(rig.clock.pending).toBe(0);
});

test("a write behind that fails is told once, and made good when the store is back", async () => {
  const rig = await SessionRig.started();
  const { handle } = rig.session;
  handle.append(say("question"));
  const answer = handle.beginAnswer(BY);
  answer.update(said("a"));
  await rig.store.end("kill");
  answer.update(said("ab"));
  await rig.clock.advance(1000);
  answer.complete(said("abc"));
  expect(rig.notices).toEqual([
    "error: the answer could not be saved: store is not running; it is tried again",
  ]);
  await rig.store.start();
  await rig.clock.advance(250);
  expect(handle.messages().at(-1)).toMatchObject({ status: "complete", blocks: said("abc") });
  expect(texts(openedStore(rig.file).messages.branch(handleId(rig)))).toEqual(["question", "abc"]);
  expect(rig.clock.pending).toBe(0);
});

test("a session that another process removed is told, and not tried for ever", async () => {
  const rig = await SessionRig.started();
  const { handle } = rig.session;
  handle.append(say("question"));
  const answer = handle.beginAnswer(BY);
  answer.update(said("a"));
  openedStore(rig.file).sessions.remove(handleId(rig));
  answer.complete(said("ab"));
  expect(rig.notices).toHaveLength(1);
  expect(rig.notices[0]).toContain("was removed");
  expect(rig.clock.pending).toBe(0);
  expect(() => handle.append(say("next"))).toThrow("was removed");
});

test("two processes in one session each keep their own branch, and are told", async () => {
  const one = await SessionRig.started();
  one.session.handle.open({ name: "shared" });
  one.session.handle.append(say("root"));
  const other = await SessionRig.started(one.file);
  other.session.handle.open({ name: "shared" });
  other.session.handle.append(say("from other"));
  one.session.handle.append(say("from one"));
  one.session.handle.append(say("more from one"));
  expect(texts(one.session.handle.messages())).toEqual(["root", "from one", "more from one"]);
  expect(one.notices).toEqual([
    "warn: another mcpchat writes to this session too; both branches are kept, the one written last is resumed",
  ]);
  // A restart goes on with its own branch, not with the one that was written last.
  other.session.handle.append(say("more from other"));
  expect(texts((await one.session.killAndStart()).messages())).toEqual(["root", "from one", "more from one"]);
  const later = await SessionRig.started(one.file);
  later.session.handle.open({ name: "shared" });
  expect(texts(later.session.handle.messages())).toEqual(["root", "from other", "more from other"]);
});

test("with save off nothing is written, and a kill loses nothing", async () => {
  const rig = await SessionRig.started();
  const other = openedStore(rig.file);
  expect(rig.session.handle.open({ new: true }, { save: false }).saved).toBe(false);
  rig.session.handle.append(say("secret"));
  const answer = rig.session.handle.beginAnswer(BY);
  answer.update(said("half"));
  const handle = await rig.session.killAndStart();
  answer.complete(said("whole"));
  expect(texts(handle.messages())).toEqual(["secret", "whole"]);
  handle
    .current()
    .toolCalls.record({ messageId: null, server: "s", tool: "t", arguments: "{}", ok: true, ms: 1 });
  expect(other.sessions.list()).toEqual([]);
});

test("with save off an existing session is continued on a copy", async () => {
  const rig = await SessionRig.started();
  const { handle } = rig.session;
  handle.open({ name: "plans" });
  handle.append(say("one"));
  handle.change({ system: "Be brief." });
  expect(handle.open({ name: "plans" }, { save: false })).toMatchObject({
    name: "plans",
    system: "Be brief.",
  });
  handle.append(say("two"));
  expect(texts(handle.messages())).toEqual(["one", "two"]);
  expect(openedStore(rig.file).sessions.find({ name: "plans" })?.messages).toBe(1);
});
