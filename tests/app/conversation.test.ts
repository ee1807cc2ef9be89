/** The store and the session, killed at every bad moment: nothing of a conversation is lost, nothing is there twice. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { TurnSink } from "../../src/chat/events.ts";
import { says } from "../fixtures/model-server/script.ts";
import { killAt, startRig } from "./rig.ts";

setDefaultTimeout(60_000);

const TWENTY = Array.from({ length: 20 }, (_, index) => `word${index + 1} `).join("");

describe("store", () => {
  test("comes back with every message, and the conversation goes on", async () => {
    await using rig = await startRig({ script: (request) => says(String(request.body.messages.length)) });
    const { session } = await rig.ask("one");
    await rig.kill("store");
    const { result, session: same } = await rig.ask("two", { session: { latest: true } });
    expect(same).toBe(session as string);
    expect(result?.text).toBe("3");
    expect(rig.stored()).toHaveLength(4);
  });

  test("killed while an answer streams: the turn ends well and everything is on disk once", async () => {
    await using rig = await startRig({ model: "slow-20" });
    const summary = await rig.ask("go", { sink: killAt(rig, "word3 ", "store") });
    expect(summary.error).toBeUndefined();
    expect(summary.result?.text).toEndWith("word20 ");
    expect(rig.stored()).toEqual([
      { role: "user", status: "complete", blocks: [{ type: "text", text: "go" }] },
      { role: "assistant", status: "complete", blocks: [{ type: "text", text: TWENTY }] },
    ]);
  });
});

describe("session", () => {
  test("comes back as the same conversation, its system prompt and its unsaved copy included", async () => {
    await using rig = await startRig();
    await rig.ask("one", { session: { name: "work" } });
    const before = await rig.app.services.need("session");
    before.change({ system: "Be brief." });
    const { id } = before.current();
    await rig.kill("session");
    const conversation = await rig.app.services.need("session");
    expect(conversation).not.toBe(before);
    expect(conversation.current()).toMatchObject({ id, name: "work", system: "Be brief.", saved: true });
    expect(conversation.messages().map(({ role }) => role)).toEqual(["user", "assistant"]);
  });

  test("a conversation that is not to be saved survives it too, and stays off the disk", async () => {
    await using rig = await startRig();
    await rig.ask("secret", { save: false });
    await rig.kill("session");
    const conversation = await rig.app.services.need("session");
    expect(conversation.messages().map(({ role }) => role)).toEqual(["user", "assistant"]);
    expect(rig.stored()).toEqual([]);
  });

  for (const [when, text] of [
    ["as its first word comes", "word1 "],
    ["in the middle", "word10 "],
    ["at its last word", "word20 "],
  ] as const) {
    test(`killed while an answer streams, ${when}: all of it is on disk once`, async () => {
      await using rig = await startRig({ model: "slow-20" });
      const summary = await rig.ask("go", { sink: killAt(rig, text, "session") });
      expect(summary.error).toBeUndefined();
      expect(rig.stored()).toEqual([
        { role: "user", status: "complete", blocks: [{ type: "text", text: "go" }] },
        { role: "assistant", status: "complete", blocks: [{ type: "text", text: TWENTY }] },
      ]);
      expect((await rig.app.services.need("session")).messages()).toHaveLength(2);
    });
  }

  test("killed as the request leaves: the turn goes on in its successor", async () => {
    await using rig = await startRig();
    const sink: TurnSink = async (event) => {
      if (event.type === "request") await rig.kill("session");
    };
    const { error, result } = await rig.ask("hi", { sink });
    expect(error).toBeUndefined();
    expect(result?.stopReason).toBe("end");
    expect(rig.stored().map(({ role }) => role)).toEqual(["user", "assistant"]);
  });

  test("asked for in the very moment of its death, it is not a dead handle", async () => {
    await using rig = await startRig();
    await rig.ask("one");
    rig.app.root.killChild("session");
    const conversation = await rig.app.services.need("session");
    expect(conversation.messages()).toHaveLength(2);
  });
});
