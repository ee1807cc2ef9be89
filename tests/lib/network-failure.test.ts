import { expect, test } from "bun:test";
import { networkFailure } from "../../src/lib/network-failure.ts";

const coded = (code: string) => Object.assign(new Error("x"), { code });

test.each([
  ["ECONNREFUSED", "connection refused", true],
  ["ENOTFOUND", "host not found", true],
  ["ECONNRESET", "connection reset", false],
  ["ETIMEDOUT", "connection timed out", false],
  ["Malformed_HTTP_Response", "what answers does not speak HTTP", false],
  ["WHO_KNOWS", "WHO_KNOWS", false],
])("%s: %s; surely not delivered: %p", (code, words, undelivered) => {
  const wrapped = new TypeError("fetch failed", { cause: coded(code) });
  expect(networkFailure(wrapped)).toEqual({ code, words, certificate: false, undelivered });
});

test("a certificate that is not accepted is no affair of the network", () => {
  expect(networkFailure(coded("UNABLE_TO_VERIFY_LEAF_SIGNATURE"))).toMatchObject({
    words: "the issuer of its certificate is unknown (UNABLE_TO_VERIFY_LEAF_SIGNATURE)",
    advice: expect.stringContaining("NODE_EXTRA_CA_CERTS"),
    certificate: true,
    undelivered: true,
  });
});

test.each([
  ["an error", new Error("who knows")],
  ["nothing", undefined],
  ["a text", "text"],
])("%s has no code", (_, error) => {
  expect(networkFailure(error)).toEqual({
    code: "",
    words: "no connection",
    certificate: false,
    undelivered: false,
  });
});
