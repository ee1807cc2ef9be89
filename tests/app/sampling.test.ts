/** Servers ask our model: who may, which model answers, and what a server gets to know. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Person } from "../../src/app/asking.ts";
import { createSampling } from "../../src/app/sampling.ts";
import { openServers } from "../../src/app/servers.ts";
import type { JsonObject } from "../../src/lib/conversation.ts";
import { FakeClock } from "../fixtures/fake-clock.ts";
import type { RecordedRequest } from "../fixtures/model-server/record.ts";
import { calls, fails, says } from "../fixtures/model-server/script.ts";
import { askingServer, samplingCall } from "./asking-server.ts";
import { startRig, until } from "./rig.ts";

setDefaultTimeout(60_000);

type Rig = Awaited<ReturnType<typeof startRig>>;

/** Has the server ask our model; what came back to the server. */
async function sample(rig: Rig, args: JsonObject): Promise<JsonObject> {
  const host = await openServers(rig.app, { only: [] });
  if (!host) throw new Error("no server is configured");
  await host.ready("asking", 30_000, rig.app.signal);
  const tool = host.tools().find(({ name }) => name === "ask");
  if (!tool) throw new Error("no tool");
  const outcome = await host.call(tool, args, { signal: rig.app.signal, timeoutMs: 30_000 });
  return JSON.parse(outcome.content);
}

const allowed = askingServer('sampling = "allow"');
const bodies = (rig: Rig): RecordedRequest["body"][] => rig.model.requests.map(({ body }) => body);

describe("permission", () => {
  const person = (...answers: ("once" | "session" | "no")[]) => {
    const seen: string[] = [];
    const asked: Person = {
      elicit: async () => ({ action: "decline" }),
      allowSampling: async (server) => {
        seen.push(server);
        return answers.shift() ?? "no";
      },
    };
    return { asked, seen };
  };

  test("deny refuses, and the model is not asked", async () => {
    await using rig = await startRig({ toml: askingServer('sampling = "deny"') });
    rig.app.asking.person = person("once").asked;
    expect(await sample(rig, samplingCall("hi"))).toMatchObject({ error: { code: -1 } });
    expect(rig.model.requests).toHaveLength(0);
  });

  test("allow asks nobody", async () => {
    await using rig = await startRig({ toml: allowed, script: [says("Sampled!")] });
    expect(await sample(rig, samplingCall("hi", { systemPrompt: "be brief" }))).toMatchObject({
      model: "loop/hello",
      content: { type: "text", text: "Sampled!" },
      stopReason: "endTurn",
    });
    expect(bodies(rig)).toMatchObject([
      {
        messages: [
          { role: "system", content: "be brief" },
          { role: "user", content: "hi" },
        ],
      },
    ]);
    expect(rig.notices).toEqual([]);
  });

  test("ask without anybody to ask refuses, and names the key", async () => {
    await using rig = await startRig({ toml: askingServer() });
    expect(await sample(rig, samplingCall("hi"))).toMatchObject({ error: { code: -1 } });
    expect(rig.model.requests).toHaveLength(0);
    expect(rig.notices).toEqual([
      'warn: server asking asked for the model and was refused: there is nobody to ask; set sampling = "allow" in [mcp.servers.asking] to allow it',
    ]);
  });

  test("ask asks each time, until it is for the session", async () => {
    await using rig = await startRig({ toml: askingServer(), script: [says("Sampled!")] });
    const { asked, seen } = person("no", "once", "session");
    rig.app.asking.person = asked;
    expect(await sample(rig, samplingCall("hi"))).toEqual({
      error: { code: -1, message: "the user refused" },
    });
    for (let again = 0; again < 3; again++) {
      expect(await sample(rig, samplingCall("hi"))).toHaveProperty("content");
    }
    expect(seen).toEqual(["asking", "asking", "asking"]);
  });
});

describe("the model", () => {
  const fallback = 'fallback = ["loop/words-3", "openai/gpt-5"]\n';
  const hints = (...names: string[]) => ({ modelPreferences: { hints: names.map((name) => ({ name })) } });
  const answering = async (more: object) => {
    // Top-level keys come before the tables.
    await using rig = await startRig({ toml: allowed });
    rig.configure(fallback + rig.base + allowed);
    await (await rig.app.services.need("config")).reload();
    return (await sample(rig, samplingCall("hi", more))).model;
  };

  test("is the configured one without a hint, or with one that names none of ours", async () => {
    expect(await answering({})).toBe("loop/hello");
    expect(await answering(hints("claude"))).toBe("loop/hello");
  });
  test("is one of the user's that a hint names, the first hint first", async () => {
    expect(await answering(hints("nothing", "WORDS", "hello"))).toBe("loop/words-3");
  });
  test("is never one of a provider without a key", async () => {
    expect(await answering(hints("gpt-5"))).toBe("loop/hello");
  });
  test("is that of the conversation, or another one that a hint names", async () => {
    await using rig = await startRig({ toml: allowed });
    await rig.ask("hi");
    const current = rig.app.asking.model;
    if (!current) throw new Error("no model");
    rig.app.asking.model = { ...current, model: "words-2" };
    expect((await sample(rig, samplingCall("hi"))).model).toBe("loop/words-2");
    expect((await sample(rig, samplingCall("hi", hints("hello")))).model).toBe("loop/hello");
  });
});

test("tools of the request are offered to the model, nothing here runs them, and its call goes back", async () => {
  await using rig = await startRig({
    toml: allowed,
    script: [calls({ id: "c1", name: "look", arguments: { at: "it" } })],
  });
  const tools = [{ name: "look", inputSchema: { type: "object", properties: { at: { type: "string" } } } }];
  expect(await sample(rig, samplingCall("hi", { tools }))).toMatchObject({
    stopReason: "toolUse",
    content: [{ type: "tool_use", id: "c1", name: "look", input: { at: "it" } }],
  });
  expect(rig.model.requests).toMatchObject([{ tools: ["look"] }]);
});

test("what the server wishes is bounded", async () => {
  await using rig = await startRig({ toml: allowed, script: [says("x")] });
  await sample(rig, samplingCall("hi", { maxTokens: 1_000_000 }));
  const [body] = bodies(rig);
  expect(body.max_tokens ?? body.max_completion_tokens).toBe(4096);
});

test("a provider that refuses is told to the user; the server learns that it was not answered", async () => {
  await using rig = await startRig({ toml: allowed, script: [fails("unauthorized")] });
  expect(await sample(rig, samplingCall("hi"))).toEqual({
    error: { code: -1, message: "the model could not be asked" },
  });
  expect(rig.notices).toEqual([expect.stringContaining("the question of server asking was not answered")]);
});

describe("a model that does not answer", () => {
  const REQUEST = {
    messages: [{ role: "user" as const, blocks: [{ type: "text" as const, text: "hi" }] }],
    tools: [],
    maxTokens: 10,
    hints: [],
  };
  const hanging = async (rig: Rig, signal: AbortSignal) => {
    const clock = new FakeClock();
    const lines: string[] = [];
    const line = (_server: string, text: string) => lines.push(text);
    let isAllowed = false;
    const sampling = createSampling({ app: () => rig.app, env: rig.world.env, line, clock });
    const asked = sampling("asking", REQUEST, signal, () => {
      isAllowed = true;
    });
    await until("the request", () => rig.model.requests.length === 1);
    // From here on it is the model that takes the time.
    expect(isAllowed).toBe(true);
    return { asked, clock };
  };

  test("is given up after two minutes", async () => {
    await using rig = await startRig({ toml: allowed, model: "hang" });
    const { asked, clock } = await hanging(rig, rig.app.signal);
    const ended = asked.catch((error: Error) => error.message);
    await clock.advance(120_000);
    expect(await ended).toBe("the model took too long");
  });

  test("is given up at once when the server does not want to know any more", async () => {
    await using rig = await startRig({ toml: allowed, model: "hang" });
    const stopped = new AbortController();
    const { asked } = await hanging(rig, stopped.signal);
    stopped.abort(new Error("changed its mind"));
    await expect(asked).rejects.toThrow("changed its mind");
    expect(rig.notices).toEqual([]);
  });
});
