/** Which key a provider gets, of those that there are. */
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { storedKeys } from "../../src/app/keys.ts";
import { openKeys } from "../../src/config/keys.ts";
import { InterruptedError } from "../../src/lib/errors.ts";
import { systemKeychain } from "../../src/lib/keychain.ts";
import { FakeClock } from "../fixtures/fake-clock.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";
import { startRig } from "./rig.ts";

const { signal } = new AbortController();

async function place(env: Record<string, string> = {}) {
  const keysFile = join(temporaryFolder(), "keys.json");
  await openKeys({ file: keysFile }).write("openai", "stored", signal);
  return storedKeys({ paths: { keysFile }, env });
}

test("what is kept is used where neither the configuration nor the environment has one", async () => {
  expect(await (await place()).fill({ name: "openai" }, signal)).toEqual({
    name: "openai",
    apiKey: "stored",
  });
  const configured = { name: "openai", apiKey: "configured" };
  expect(await (await place()).fill(configured, signal)).toEqual(configured);
  const inEnvironment = await place({ OPENAI_API_KEY: "of the environment".replaceAll(" ", "-") });
  expect(await inEnvironment.fill({ name: "openai" }, signal)).toEqual({ name: "openai" });
  const empty = await place({ OPENAI_API_KEY: " " });
  expect(await empty.fill({ name: "openai" }, signal)).toHaveProperty("apiKey", "stored");
});

test("nobody else gets it, and least a project's address", async () => {
  const keys = await place();
  expect(await keys.fill({ name: "constructor" }, signal)).toEqual({ name: "constructor" });
  const foreign = { name: "openai", baseUrl: "http://elsewhere/v1", ownKeyOnly: true };
  expect(await keys.fill(foreign, signal)).toEqual(foreign);
  const unusable = { name: "openai", problem: "a variable is not set" };
  expect(await keys.fill(unusable, signal)).toEqual(unusable);
});

test("that there is one is known without a keychain", async () => {
  const keys = await place();
  expect([keys.has("openai"), keys.has("groq"), keys.has("constructor")]).toEqual([true, false, false]);
});

/** Keys in a keychain of which it is noted that it has openai's, and that answers when `answer` is called. */
function withKeychain() {
  const keysFile = join(temporaryFolder(), "keys.json");
  writeFileSync(keysFile, '{"version": 1, "keys": {"openai": {"in_keychain": true}}}', { mode: 0o600 });
  const clock = new FakeClock();
  const asked: ((key: string) => void)[] = [];
  const get = () => new Promise<string>((resolve) => void asked.push(resolve));
  const secrets = { get, set: async () => {}, delete: async () => true };
  const keychain = systemKeychain({ env: {}, platform: "darwin", secrets, clock });
  const keys = storedKeys({ paths: { keysFile }, env: {} }, openKeys({ file: keysFile, keychain }));
  return { keys, asked, clock };
}

test("a keychain is asked once for all turns", async () => {
  const { keys, asked } = withKeychain();
  const first = keys.fill({ name: "openai" }, signal);
  asked[0]?.("kept");
  expect(await first).toHaveProperty("apiKey", "kept");
  expect(await keys.fill({ name: "openai" }, signal)).toHaveProperty("apiKey", "kept");
  expect(asked).toHaveLength(1);
});

test("the wait for a keychain ends with the turn", async () => {
  const { keys, clock } = withKeychain();
  const turn = new AbortController();
  const waiting = keys.fill({ name: "openai" }, turn.signal);
  turn.abort(new InterruptedError());
  await expect(waiting).rejects.toBe(turn.signal.reason);
  await expect(keys.fill({ name: "openai" }, turn.signal)).rejects.toBe(turn.signal.reason);
  await clock.advance(5000);
  expect(clock.pending).toBe(0);
});

test("a keychain that does not answer costs one turn its patience, and is asked again once it has answered", async () => {
  const { keys, asked, clock } = withKeychain();
  const first = keys.fill({ name: "openai" }, signal).catch((error: Error) => error.message);
  await clock.advance(5000);
  const unreadable = "the keychain that holds the key of openai cannot be read or changed";
  expect(await first).toBe(unreadable);
  await expect(keys.fill({ name: "openai" }, signal)).rejects.toThrow(unreadable);
  expect(asked).toHaveLength(1);
  // The person has found the password.
  asked[0]?.("kept");
  await clock.advance(0);
  const later = keys.fill({ name: "openai" }, signal);
  asked[1]?.("kept");
  expect(await later).toHaveProperty("apiKey", "kept");
});

test("all turns of a program share what they know of a keychain", async () => {
  await using rig = await startRig();
  expect(await rig.app.keys()).toBe(await rig.app.keys());
});
