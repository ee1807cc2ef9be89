import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { exclusively } from "../../src/config/exclusive.ts";
import { ConfigurationError } from "../../src/lib/errors.ts";
import { FakeClock } from "../fixtures/fake-clock.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

const { signal } = new AbortController();

test("one works after the other, and what fails lets go", async () => {
  const file = join(temporaryFolder(), "sub", "config.toml");
  const first = Promise.withResolvers<void>();
  const order: string[] = [];
  const one = exclusively(file, signal, async () => {
    await first.promise;
    order.push("one");
    throw new Error("in vain");
  });
  const two = exclusively(file, signal, () => void order.push("two"));
  first.resolve();
  await expect(one).rejects.toThrow("in vain");
  await two;
  expect(order).toEqual(["one", "two"]);
  expect(existsSync(join(file, "../.config.toml.lock"))).toBe(false);
});

test("one that never ends is told of, and what to do", async () => {
  const file = join(temporaryFolder(), "config.toml");
  const forever = Promise.withResolvers<void>();
  const holder = exclusively(file, signal, () => forever.promise);
  const clock = new FakeClock();
  const waiting = exclusively(file, signal, () => {}, clock).catch((error: unknown) => error);
  await clock.advance(11_000);
  expect(await waiting).toEqual(
    new ConfigurationError(
      `${file}: process ${process.pid} is changing it`,
      `end that process, or remove ${join(file, "../.config.toml.lock")}`,
    ),
  );
  forever.resolve();
  await holder;
});
