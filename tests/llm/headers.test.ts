/** Headers that the SDKs find in the environment by themselves, and who gets to see them. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { createProvider } from "../../src/llm/create.ts";
import { says } from "../fixtures/model-server/script.ts";
import { startModelServer } from "../fixtures/model-server/server.ts";
import { ask, KEY, pooled, providerAt, WIRES } from "./ask.ts";

const VARIABLES = ["ANTHROPIC_CUSTOM_HEADERS", "OPENAI_CUSTOM_HEADERS"] as const;
const SECRETS = "X-Gateway: secret\nAuthorization: Bearer secret\nx-api-key: secret\nUser-Agent: secret";

let before: (string | undefined)[] = [];
beforeEach(() => {
  before = VARIABLES.map((name) => process.env[name]);
  for (const name of VARIABLES) process.env[name] = SECRETS;
});
afterEach(() => {
  for (const [index, name] of VARIABLES.entries()) {
    const value = before[index];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

describe.each([...WIRES])("%s", (wire) => {
  test("another provider gets none of them", async () => {
    const server = startModelServer([says("hi")], { apiKey: KEY });
    try {
      const events = await ask(providerAt(wire, server));
      expect(events.at(-1)).toEqual({ type: "done", stopReason: "end" });
      expect(server.requests[0]?.headers).toMatchObject({
        authorization: `Bearer ${KEY}`,
        "user-agent": "mcpchat",
      });
      expect(JSON.stringify(server.requests[0]?.headers)).not.toContain("secret");
    } finally {
      await server.stop();
    }
  });

  test("a server that needs no key gets none, and the headers that are configured for it", async () => {
    const server = startModelServer([says("hi")]);
    try {
      const baseUrl = wire === "anthropic" ? server.url : server.openaiUrl;
      const headers = { "X-Tenant": "blue" };
      await ask(createProvider({ name: "own", kind: wire, baseUrl, headers }, { fetch: pooled, env: {} }));
      const seen = server.requests[0]?.headers ?? {};
      expect(seen["x-tenant"]).toBe("blue");
      expect(seen.authorization).toBeUndefined();
      expect(JSON.stringify(seen)).not.toContain("secret");
    } finally {
      await server.stop();
    }
  });

  test("the provider that they are meant for gets them, and nothing of the user's system", async () => {
    const seen: Headers[] = [];
    const network = async (_: unknown, init?: RequestInit) => {
      seen.push(new Headers(init?.headers));
      return new Response("{}", { status: 400 });
    };
    await ask(createProvider({ name: wire, apiKey: KEY }, { fetch: () => network, env: {} }));
    expect(seen[0]?.get("x-gateway")).toBe("secret");
    expect([...(seen[0]?.keys() ?? [])].filter((name) => name.startsWith("x-stainless"))).toEqual([]);
    expect(seen[0]?.get("user-agent")).toBe("mcpchat");
  });
});
