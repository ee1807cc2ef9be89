import { describe, expect, test } from "bun:test";
import { classify, kindOf, networkError } from "../../src/llm/classify.ts";
import type { ProviderErrorKind } from "../../src/llm/errors.ts";
import { failureOfBody, failureOfResponse } from "../../src/llm/failure.ts";
import { presentable, type Target } from "../../src/llm/wording.ts";

const TARGET: Target = { provider: "gpu", model: "m", origin: "http://gpu:8000" };
const WALL = Date.UTC(2026, 0, 1);

function kindOfResponse(status: number, body: unknown): ProviderErrorKind {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return kindOf(failureOfResponse({ status, headers: new Headers(), body: text }, WALL));
}

describe("a refusal is sorted", () => {
  const openai = (code: string | number | null, type = "invalid_request_error") => ({
    error: { code, type },
  });
  const anthropic = (type: string, code?: string) => ({
    type: "error",
    error: { type, message: "m", ...(code ? { details: { error_code: code } } : {}) },
  });

  test.each<[number, unknown, ProviderErrorKind]>([
    [400, anthropic("invalid_request_error"), "bad_request"],
    [401, anthropic("authentication_error"), "auth"],
    [402, anthropic("billing_error"), "quota"],
    [403, anthropic("permission_error"), "auth"],
    [404, anthropic("not_found_error"), "not_found"],
    [413, anthropic("request_too_large"), "too_long"],
    [429, anthropic("rate_limit_error"), "rate_limit"],
    [429, anthropic("rate_limit_error", "enforced_spend_limit_reached"), "quota"],
    [500, anthropic("api_error"), "server"],
    [504, anthropic("timeout_error"), "timeout"],
    [529, anthropic("overloaded_error"), "overloaded"],
    [400, openai("context_length_exceeded"), "too_long"],
    [400, { error: { code: 400, type: "exceed_context_size_error" } }, "too_long"],
    [400, openai("invalid_api_key"), "auth"],
    [404, openai("model_not_found"), "not_found"],
    [429, openai("insufficient_quota", "insufficient_quota"), "quota"],
    [429, openai("rate_limit_exceeded", "tokens"), "rate_limit"],
    [402, openai(402), "quota"],
    [503, openai(null, "server_error"), "overloaded"],
    [408, "", "timeout"],
    [409, "", "conflict"],
    [418, "", "bad_request"],
    [422, { detail: "nope" }, "bad_request"],
    [501, "", "server"],
    [599, "", "server"],
    [302, "", "protocol"],
    [500, "null", "server"],
    [500, "[]", "server"],
  ])("%d %j is %s", (status, body, kind) => {
    expect(kindOfResponse(status, body)).toBe(kind);
  });

  test("never by the words for people", () => {
    const words = "insufficient_quota context_length_exceeded rate limit overloaded";
    expect(kindOfResponse(400, { error: { message: words, type: "invalid_request_error" } })).toBe(
      "bad_request",
    );
    expect(kindOf(failureOfBody({ error: { message: words } }))).toBe("server");
  });
});

test.each<[unknown, ProviderErrorKind]>([
  [{ type: "error", error: { type: "overloaded_error" } }, "overloaded"],
  [{ type: "error", error: { type: "api_error" } }, "server"],
  [{ type: "error", error: { type: "rate_limit_error" } }, "rate_limit"],
  [{ type: "error", error: { type: "authentication_error" } }, "auth"],
  [{ type: "error", error: { type: "something_new" } }, "server"],
  [{ message: "x", type: "BadRequestError", code: 400 }, "bad_request"],
  [{ message: "x", code: 502 }, "server"],
  [{ message: "x", code: "429" }, "rate_limit"],
  [{ error: "model is on fire" }, "server"],
  ["plain text", "server"],
  [null, "server"],
])("inside a stream %j is %s", (body, kind) => {
  expect(kindOf(failureOfBody(body))).toBe(kind);
});

describe("the line for the user", () => {
  const line = (status: number, body: string, target = TARGET) =>
    classify(failureOfResponse({ status, headers: new Headers(), body }, WALL), target);

  test.each([
    ['{"error":{"message":"no such model"}}', ": no such model"],
    ['{"error":"model not found"}', ": model not found"],
    ['{"detail":"Not Found"}', ": Not Found"],
    ['{"object":"error","message":"old vLLM"}', ": old vLLM"],
    ["just words", ": just words"],
    ["<html><head><title> Not here </title></head>", ': a web page, "Not here"'],
    ["<!doctype html><p>hm", ": a web page"],
    ["", ""],
    ["{}", ""],
  ])("%s", (body, words) => {
    expect(line(404, body).message).toBe(`gpu/m was not found (404)${words}`);
  });

  test("names what to set, by variable where there is one", () => {
    expect(line(401, "").advice).toBe("set api_key of [providers.gpu], or run mcpchat keys set gpu");
    expect(line(401, "", { ...TARGET, keyVariable: "GPU_KEY" }).advice).toBe(
      "set GPU_KEY, api_key of [providers.gpu], or run mcpchat keys set gpu",
    );
  });

  test("is one line without control characters, and not too long", () => {
    expect(presentable("a\r\n\tb\u001b[31mc\u0000d\u202ee\u2028f")).toBe("a b [31mc d e f");
    expect(presentable("🌍".repeat(400))).toBe(`${"🌍".repeat(299)}…`);
  });

  test("keeps keys out", () => {
    expect(presentable("wrong: topsecret!", "topsecret")).toBe("wrong: [key]!");
    expect(presentable("wrong: sk-proj-abcdefghijklmnop")).toBe("wrong: [key]");
  });
});

describe("a network error", () => {
  const coded = (code: string) => Object.assign(new Error("x"), { code });

  test.each<[Error, ProviderErrorKind, string]>([
    [coded("ECONNREFUSED"), "network", "connection refused (http://gpu:8000)"],
    [new TypeError("fetch failed", { cause: coded("ENOTFOUND") }), "network", "host not found"],
    [coded("ETIMEDOUT"), "timeout", "connection timed out"],
    [coded("CERT_HAS_EXPIRED"), "network", "CERT_HAS_EXPIRED"],
    [new Error("who knows"), "network", "no connection"],
  ])("%#", (cause, kind, words) => {
    const error = networkError(cause, TARGET);
    expect(error.kind).toBe(kind);
    expect(error.message).toContain(words);
    expect(error.exitCode).toBe(5);
  });
});

describe("the words of an error", () => {
  const missing = { type: "missing", loc: ["body", "messages"], msg: "Field required" };

  test.each<[unknown, string]>([
    [[{ error: { code: 404, message: "no such model" } }], "no such model"],
    [{ detail: "Not Found" }, "Not Found"],
    [{ detail: [missing, { msg: "too short" }] }, "body.messages: Field required; too short"],
    [{ object: "error", message: { detail: [missing] }, type: "invalid" }, "body.messages: Field required"],
    [{ error: "model is loading" }, "model is loading"],
    [{ error: { message: "m" }, message: "outer" }, "m"],
    [{ errors: [{ code: 7, message: "gateway" }] }, "gateway"],
    [{ reason: "strange", code: 5 }, '{"reason":"strange","code":5}'],
    [{}, ""],
    [null, ""],
    [7, ""],
  ])("%j says %p", (body, words) => {
    expect(failureOfBody(body).words).toBe(words);
  });

  test("that is nested without end is not shown, and does no harm", () => {
    expect(failureOfBody(JSON.parse("[".repeat(50_000) + "]".repeat(50_000))).words).toBe("");
  });

  test("that is deeper than any provider's is shown as it is", () => {
    let deep: unknown = "down here";
    for (let depth = 0; depth < 20; depth++) deep = { message: deep };
    expect(failureOfBody(deep).words).toStartWith('{"message":{"message"');
  });
});

test.each(["constructor", "__proto__", "toString", "hasOwnProperty"])("%s is no word of ours", (word) => {
  expect(kindOf({ types: [word.toLowerCase(), word], words: "" })).toBe("server");
  expect(kindOf({ types: [word], words: "", status: 401 })).toBe("auth");
  const error = networkError(Object.assign(new Error("gone"), { code: word }), TARGET);
  expect(error.message).toBe(`gpu/m cannot be reached: ${word} (http://gpu:8000)`);
});
