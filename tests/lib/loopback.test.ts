import { expect, test } from "bun:test";
import { isLoopback } from "../../src/lib/loopback.ts";

test.each(["localhost", "127.0.0.1", "127.1.2.3", "[::1]"])("%s is this machine", (hostname) => {
  expect(isLoopback(hostname)).toBe(true);
});

test.each(["localhost.example", "127.0.0.1.example", "x127.0.0.1", "10.0.0.1", "[::2]", ""])(
  "%p is not",
  (hostname) => {
    expect(isLoopback(hostname)).toBe(false);
  },
);
