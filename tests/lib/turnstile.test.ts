import { expect, test } from "bun:test";
import { Turnstile } from "../../src/lib/turnstile.ts";

const forever = new AbortController().signal;

test("one at a time, in the order in which they came", async () => {
  const turnstile = new Turnstile();
  const said: string[] = [];
  const first = Promise.withResolvers<void>();
  const one = turnstile.pass(async () => {
    said.push("one begins");
    await first.promise;
    said.push("one ends");
  }, forever);
  const two = turnstile.pass(async () => said.push("two"), forever);
  const three = turnstile.pass(async () => said.push("three"), forever);
  await Bun.sleep(0);
  expect(said).toEqual(["one begins"]);
  first.resolve();
  await Promise.all([one, two, three]);
  expect(said).toEqual(["one begins", "one ends", "two", "three"]);
});

test("who fails lets the next one through", async () => {
  const turnstile = new Turnstile();
  const failing = turnstile.pass(() => Promise.reject(new Error("no")), forever);
  const next = turnstile.pass(async () => "yes", forever);
  await expect(failing).rejects.toThrow("no");
  expect(await next).toBe("yes");
});

test("who gives up waiting leaves at once, and the one behind still waits for the one before", async () => {
  const turnstile = new Turnstile();
  const first = Promise.withResolvers<void>();
  const said: string[] = [];
  const one = turnstile.pass(async () => {
    await first.promise;
    said.push("one");
  }, forever);
  const leaving = new AbortController();
  const two = turnstile.pass(async () => said.push("two"), leaving.signal);
  const three = turnstile.pass(async () => said.push("three"), forever);
  leaving.abort(new Error("gone"));
  await expect(two).rejects.toThrow("gone");
  await Bun.sleep(0);
  expect(said).toEqual([]);
  first.resolve();
  await Promise.all([one, three]);
  expect(said).toEqual(["one", "three"]);
});

test("who takes it stays until they leave", async () => {
  const turnstile = new Turnstile();
  const leave = await turnstile.take(forever);
  expect(turnstile.taken).toBe(true);
  let passed = false;
  const next = turnstile.pass(async () => {
    passed = true;
  }, forever);
  await Bun.sleep(0);
  expect(passed).toBe(false);
  leave();
  await next;
  expect({ passed, taken: turnstile.taken }).toEqual({ passed: true, taken: false });
});

test("nobody gets in while it is closed, and who leaves the line meanwhile never does", async () => {
  const turnstile = new Turnstile();
  const open = Promise.withResolvers<void>();
  turnstile.closeUntil(open.promise);
  const leaving = new AbortController();
  const said: string[] = [];
  const one = turnstile.pass(async () => said.push("one"), leaving.signal);
  const two = turnstile.pass(async () => said.push("two"), forever);
  await Bun.sleep(0);
  leaving.abort(new Error("gone"));
  await expect(one).rejects.toThrow("gone");
  open.resolve();
  await two;
  expect(said).toEqual(["two"]);
});
