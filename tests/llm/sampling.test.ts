/** What the APIs of providers are told of how tokens are chosen, and what the user is told of the rest. */
import { describe, expect, test } from "bun:test";
import type { ModelRequest } from "../../src/llm/port.ts";
import { says } from "../fixtures/model-server/script.ts";
import { ask, providerAt, requestOf, serving } from "./ask.ts";

const ALL: Partial<ModelRequest> = {
  sampling: { seed: 7, topP: 0.9, topK: 40, minP: 0.05 },
  stop: ["END", "STOP"],
};

async function sent(wire: "anthropic" | "openai", more: Partial<ModelRequest>) {
  return serving([says("hi")], async (server) => {
    const events = await ask(providerAt(wire, server), requestOf(more));
    const notices = events.flatMap((event) => (event.type === "notice" ? [event.text] : []));
    return { body: server.requests[0]?.body, notices, types: events.map(({ type }) => type) };
  });
}

describe("sampling", () => {
  test("goes to Anthropic as far as it knows it, and the rest is told in one line", async () => {
    const { body, notices } = await sent("anthropic", ALL);
    expect(body).toMatchObject({ top_p: 0.9, top_k: 40, stop_sequences: ["END", "STOP"] });
    for (const key of ["seed", "min_p", "stop", "minP"]) expect(body).not.toHaveProperty(key);
    expect(notices).toEqual(["anthropic takes no seed and no min_p: left out"]);
  });

  test("goes to servers of OpenAI's kind as far as OpenAI knows it", async () => {
    const { body, notices } = await sent("openai", ALL);
    expect(body).toMatchObject({ seed: 7, top_p: 0.9, stop: ["END", "STOP"] });
    for (const key of ["top_k", "min_p", "topK"]) expect(body).not.toHaveProperty(key);
    expect(notices).toEqual(["openai takes no top_k and no min_p: left out"]);
  });

  test.each(["anthropic", "openai"] as const)("%s is told nothing that nobody has set", async (wire) => {
    const { body, types } = await sent(wire, { sampling: {}, stop: [] });
    for (const key of ["seed", "top_p", "top_k", "min_p", "stop", "stop_sequences"])
      expect(body).not.toHaveProperty(key);
    expect(types).not.toContain("notice");
  });

  test("what a provider takes is not told", async () => {
    expect((await sent("anthropic", { sampling: { topK: 0, topP: 0 } })).notices).toEqual([]);
    expect((await sent("openai", { sampling: { seed: 0 } })).notices).toEqual([]);
    expect((await sent("openai", { sampling: { topK: 0 } })).notices).toEqual([
      "openai takes no top_k: left out",
    ]);
  });
});
