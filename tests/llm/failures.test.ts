/** Everything that can go wrong on the wire becomes one sorted error at the end of the stream. */
import { afterAll, describe, expect, test } from "bun:test";
import type { ProviderErrorKind } from "../../src/llm/errors.ts";
import { behave } from "../fixtures/model-server/behaviours.ts";
import { startModelServer } from "../fixtures/model-server/server.ts";
import { ask, failureOf, KEY, providerAt, providerOver, requestOf, textOf, WIRES } from "./ask.ts";

const server = startModelServer((request) => behave(request, { arguments: {} }));
afterAll(() => server.stop());

const REFUSED: [model: string, kind: ProviderErrorKind, exitCode: number][] = [
  ["unauthorized", "auth", 4],
  ["unknown", "not_found", 4],
  ["bad-request", "bad_request", 4],
  ["too-long", "too_long", 4],
  ["quota", "quota", 4],
  ["rate-limit", "rate_limit", 5],
  ["server", "server", 5],
  ["overloaded", "overloaded", 5],
  ["bad-gateway", "server", 5],
];

const BROKEN: [model: string, kind: ProviderErrorKind, text: string][] = [
  ["cut", "cut_off", "This answer is cut"],
  ["error-event", "overloaded", "This answer "],
  ["early-error", "overloaded", ""],
  ["empty", "cut_off", ""],
  ["garbage", "protocol", ""],
  ["json", "protocol", ""],
  ["html", "protocol", ""],
];

describe.each([...WIRES])("%s", (wire) => {
  const asked = (model: string) => ask(providerAt(wire, server), requestOf({ model }));

  test.each(REFUSED)("%s is %s", async (model, kind, exitCode) => {
    const events = await asked(model);
    const error = failureOf(events);
    expect(events).toHaveLength(1);
    expect(error).toMatchObject({ kind, exitCode });
    expect(error.message).toStartWith(`${wire}/${model} `);
    expect(error.message).toContain(String(error.status));
    expect(error.message).not.toContain("\n");
    expect(error.advice ?? "").not.toContain(KEY);
  });

  test.each(BROKEN)("%s is %s, after what came", async (model, kind, text) => {
    const events = await asked(model);
    expect(failureOf(events)).toMatchObject({ kind, exitCode: 5 });
    expect(textOf(events)).toBe(text);
    expect(events.filter((event) => event.type === "failed")).toHaveLength(1);
  });

  test("a page of a proxy is told by its title", async () => {
    expect(failureOf(await asked("bad-gateway")).message).toBe(
      `${wire}/bad-gateway failed (502): a web page, "502 Bad Gateway"`,
    );
  });

  test("how long to wait is read", async () => {
    const limited = startModelServer([
      { kind: "error", failure: "rate_limit", headers: { "retry-after": "7" } },
    ]);
    try {
      expect(failureOf(await ask(providerAt(wire, limited))).retryAfterMs).toBe(7000);
    } finally {
      await limited.stop();
    }
  });

  test("nobody there", async () => {
    const gone = startModelServer([]);
    await gone.stop();
    const error = failureOf(await ask(providerAt(wire, gone)));
    expect(error).toMatchObject({ kind: "network", exitCode: 5 });
    expect(error.message).toContain(`connection refused (${gone.url})`);
  });

  test("no such host", async () => {
    const nowhere = { url: "http://nowhere.invalid", openaiUrl: "http://nowhere.invalid/v1" };
    expect(failureOf(await ask(providerAt(wire, nowhere))).kind).toBe("network");
  });

  test("a redirect is not followed: it would carry the key elsewhere", async () => {
    const location = `${server.url}${wire === "anthropic" ? "/v1/messages" : "/v1/chat/completions"}`;
    const moved = startModelServer([{ kind: "raw", status: 307, headers: { location }, body: "" }]);
    const before = server.requests.length;
    try {
      const error = failureOf(await ask(providerAt(wire, moved)));
      expect(error).toMatchObject({ kind: "protocol", status: 307 });
      expect(error.message).toContain(`it redirects to ${location}`);
      expect(server.requests).toHaveLength(before);
    } finally {
      await moved.stop();
    }
  });

  test("a key that the server repeats is not shown", async () => {
    const body = JSON.stringify({
      error: { type: "x", message: `bad key ${KEY}, or sk-abcdefghijklmnopqrst` },
    });
    const provider = providerOver(wire, () => Promise.resolve(new Response(body, { status: 401 })));
    expect(failureOf(await ask(provider)).message).toEndWith(": bad key [key], or [key]");
  });

  test("an abort ends the stream, whatever the server does", async () => {
    for (const model of ["hang", "stall", "slow-1000"]) {
      const controller = new AbortController();
      const events = providerAt(wire, server).stream(requestOf({ model }), controller.signal);
      const reason = new Error("enough");
      setTimeout(() => controller.abort(reason), 50);
      const gathered = [];
      for await (const event of events) gathered.push(event);
      expect(failureOf(gathered)).toMatchObject({ kind: "aborted", cause: reason });
    }
  });
});
