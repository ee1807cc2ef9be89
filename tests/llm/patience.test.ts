import { describe, expect, test } from "bun:test";
import { guarded } from "../../src/llm/guard.ts";
import { limitsFor } from "../../src/llm/patience.ts";
import { PRESETS } from "../../src/llm/presets.ts";
import { startModelServer } from "../fixtures/model-server/server.ts";
import { failureOf, gather, providerAt, requestOf, WIRES } from "./ask.ts";

const at = (host: string, name = "any") => limitsFor({ name, baseUrl: `http://${host}:8000/v1` });
const PATIENT = { headersMs: 300_000, idleMs: 60_000, retryHeaders: false };
const USUAL = { headersMs: 30_000, idleMs: 60_000 };

describe("the limits of an attempt, when nothing is configured", () => {
  test.each([
    "127.0.0.1",
    "127.1.2.3",
    "2130706433",
    "localhost",
    "LOCALHOST.",
    "api.localhost",
    "[::1]",
    "[::ffff:192.168.0.9]",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.9",
    "169.254.0.5",
    "100.64.0.1",
    "[fd12::1]",
    "[fe80::1]",
    "gpu",
    "gpu.local",
    "host.docker.internal",
    "nas.home.arpa",
    "gpu.corp",
    "[64:ff9b::10.1.2.3]",
  ])("%s is patient", (host) => {
    expect(at(host)).toEqual(PATIENT);
  });

  test.each([
    "8.8.8.8",
    "172.15.0.1",
    "172.32.0.1",
    "192.169.0.1",
    "100.128.0.1",
    "11.0.0.1",
    "[2606:4700::1]",
    "[::ffff:8.8.8.8]",
    "[64:ff9b::8.8.8.8]",
    "api.example.com",
    "localhost.example.com",
    "10.0.0.1.example.com",
  ])("%s is not", (host) => {
    expect(at(host)).toEqual(USUAL);
  });

  test.each(Object.entries(PRESETS))("%s", (name, { baseUrl }) => {
    const isLocal = ["ollama", "lmstudio", "vllm"].includes(name);
    expect(limitsFor({ name, baseUrl })).toEqual(isLocal ? PATIENT : USUAL);
    expect(limitsFor({ name, baseUrl: "https://gpu.example.com/v1" })).toEqual(isLocal ? PATIENT : USUAL);
  });

  test("what is configured comes first", () => {
    const endpoint = { name: "vllm", baseUrl: "http://127.0.0.1:8000/v1" };
    expect(limitsFor(endpoint, { headersMs: 7, idleMs: 8 })).toEqual({
      headersMs: 7,
      idleMs: 8,
      retryHeaders: false,
    });
  });
});

test.each([...WIRES])("%s: a local server that is too slow is asked once", async (wire) => {
  const server = startModelServer([{ kind: "hang" }]);
  try {
    const limits = limitsFor({ name: wire, baseUrl: server.url }, { headersMs: 200 });
    const provider = guarded(providerAt(wire, server), { limits });
    const events = await gather(provider.stream(requestOf(), new AbortController().signal));
    expect(failureOf(events)).toMatchObject({
      kind: "timeout",
      exitCode: 5,
      advice: `raise header_timeout of [providers.${wire}]`,
    });
    expect(events).toHaveLength(1);
    expect(server.requests).toHaveLength(1);
  } finally {
    await server.stop();
  }
});
