/** Keys of providers, in a file and in a keychain. */
import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { openKeys } from "../../src/config/keys.ts";
import { endOf, isKey, keysIn } from "../../src/config/keys-form.ts";
import type { Keychain } from "../../src/lib/keychain.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

const { signal } = new AbortController();
const KEY = "sk-0123456789abcdefghijklmnop";

function place() {
  return join(temporaryFolder(), "data", "keys.json");
}

function workingKeychain() {
  const kept = new Map<string, string>();
  const keychain: Keychain = {
    get: async (name) => kept.get(name),
    set: async (name, value) => kept.set(name, value) === kept,
    delete: async (name) => void kept.delete(name),
  };
  return { kept, keychain };
}

describe("a file", () => {
  test("holds keys for its owner alone, and is gone with the last", async () => {
    const file = place();
    const keys = openKeys({ file });
    expect(keys.places().size).toBe(0);
    expect(await keys.write("openai", KEY, signal)).toBe("file");
    expect(await keys.write("groq", "other", signal)).toBe("file");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
    expect(Object.fromEntries(openKeys({ file }).places())).toEqual({ openai: "file", groq: "file" });
    expect(await keys.read("openai")).toBe(KEY);
    expect(await keys.read("mistral")).toBeUndefined();
    expect(await keys.remove("openai", signal)).toBe("file");
    expect(await keys.remove("openai", signal)).toBeUndefined();
    expect(await keys.remove("groq", signal)).toBe("file");
    expect(readdirSync(dirname(file))).toEqual([]);
  });

  test("that others could read is mended, and told", async () => {
    const file = place();
    await openKeys({ file }).write("openai", KEY, signal);
    chmodSync(file, 0o644);
    const told: string[] = [];
    const keys = openKeys({ file, warn: (line) => told.push(line) });
    expect(await keys.read("openai")).toBe(KEY);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    keys.places();
    expect(told).toEqual([
      `${file} could be read by others, and no longer can; if they had a look, get new keys`,
    ]);
  });

  test("that another process removes while it is read is what it was", async () => {
    const file = place();
    await openKeys({ file }).write("openai", KEY, signal);
    const keys = openKeys({
      file,
      // Asked for between the two looks at the file.
      get platform(): NodeJS.Platform {
        rmSync(file, { force: true });
        return "linux";
      },
    });
    expect(await keys.read("openai")).toBe(KEY);
    expect(await keys.read("openai")).toBeUndefined();
  });

  test.each([
    ["cut off", '{"version": 1, "keys": {"op'],
    ["of another version", '{"version": 2, "keys": {}}'],
    ["without keys", '{"version": 1}'],
    ["with a key that is none", '{"version": 1, "keys": {"openai": {"key": "two words"}}}'],
    ["with nothing for a provider", '{"version": 1, "keys": {"openai": {}}}'],
    ["with a name that is none", '{"version": 1, "keys": {"\\u001b[31m": {"key": "k"}}}'],
  ])("that is damaged (%s) is one line, and is not written over", async (_how, text) => {
    const file = place();
    await openKeys({ file }).write("openai", KEY, signal);
    writeFileSync(file, text);
    const damaged = { exitCode: 3, message: `${file}: is damaged`, advice: expect.any(String) };
    await expect(openKeys({ file }).read("openai")).rejects.toMatchObject(damaged);
    await expect(openKeys({ file }).write("groq", "k", signal)).rejects.toMatchObject(damaged);
    expect(readFileSync(file, "utf8")).toBe(text);
  });

  test("keeps what several processes write at once", async () => {
    const file = place();
    const names = Array.from({ length: 20 }, (_, index) => `provider-${index}`);
    await Promise.all(names.map((name) => openKeys({ file }).write(name, KEY, signal)));
    expect([...openKeys({ file }).places().keys()].sort()).toEqual(names.sort());
    expect(readdirSync(dirname(file))).toEqual(["keys.json"]);
  });
});

describe("a keychain", () => {
  test("has the key, and the file only says so", async () => {
    const file = place();
    const { kept, keychain } = workingKeychain();
    const keys = openKeys({ file, keychain });
    expect(await keys.write("openai", KEY, signal)).toBe("keychain");
    expect(readFileSync(file, "utf8")).not.toContain(KEY);
    expect(await openKeys({ file, keychain }).read("openai")).toBe(KEY);
    expect(await keys.remove("openai", signal)).toBe("keychain");
    expect(kept.size).toBe(0);
    expect(existsSync(file)).toBe(false);
  });

  test("is not asked for what it does not have", async () => {
    const never = () => Promise.reject(new Error("asked"));
    const keys = openKeys({ file: place(), keychain: { get: never, set: never, delete: never } });
    expect(await keys.read("openai")).toBeUndefined();
    expect(await keys.remove("openai", signal)).toBeUndefined();
  });

  test("that does not keep it is passed over for the file, and forgets the older one", async () => {
    const file = place();
    const { kept, keychain } = workingKeychain();
    await openKeys({ file, keychain }).write("openai", KEY, signal);
    const full = { ...keychain, set: async () => false };
    expect(await openKeys({ file, keychain: full }).write("openai", `${KEY}2`, signal)).toBe("file");
    expect(kept.size).toBe(0);
    expect(await openKeys({ file }).read("openai")).toBe(`${KEY}2`);
  });

  test("is asked again once the file is replaced, whatever it says", async () => {
    const file = place();
    const { kept, keychain } = workingKeychain();
    const asked: string[] = [];
    const get: Keychain["get"] = (name) => {
      asked.push(name);
      return keychain.get(name);
    };
    const reader = openKeys({ file, keychain: { ...keychain, get } });
    const writer = openKeys({ file, keychain });
    await writer.write("openai", KEY, signal);
    expect([await reader.read("openai"), await reader.read("openai")]).toEqual([KEY, KEY]);
    expect(asked).toHaveLength(1);
    await writer.write("openai", `${KEY}2`, signal);
    expect(await reader.read("openai")).toBe(`${KEY}2`);
    await writer.remove("openai", signal);
    expect(await reader.read("openai")).toBeUndefined();
    expect(kept.size).toBe(0);
  });

  test("that was away does not win with its older key when it is back, and gives that up", async () => {
    const file = place();
    const { kept, keychain } = workingKeychain();
    const back = () => openKeys({ file, keychain });
    await back().write("openai", KEY, signal);
    for (const newer of ["newer", "newest"]) {
      expect(await openKeys({ file }).write("openai", newer, signal)).toBe("file");
      expect(await back().read("openai")).toBe(newer);
    }
    expect(kept.size).toBe(1);
    expect(await back().remove("openai", signal)).toBe("file");
    expect(kept.size).toBe(0);
  });

  test("that is still away when the newer key is removed is told of", async () => {
    const file = place();
    const { keychain } = workingKeychain();
    await openKeys({ file, keychain }).write("openai", KEY, signal);
    const told: string[] = [];
    const away = openKeys({ file, warn: (line) => told.push(line) });
    await away.write("openai", "newer", signal);
    expect(await away.remove("openai", signal)).toBe("file");
    expect(told).toEqual([
      "an older key of openai may still be in the keychain, which does not answer; " +
        'remove the entry "key of openai" of mcpchat there',
    ]);
    expect(existsSync(file)).toBe(false);
  });

  test("that is locked, or gone, is a line, and the key is not forgotten", async () => {
    const file = place();
    const { kept, keychain } = workingKeychain();
    await openKeys({ file, keychain }).write("openai", KEY, signal);
    const no = () => Promise.reject(new Error("locked"));
    const locked = openKeys({ file, keychain: { get: no, set: no, delete: no } });
    const unreadable = {
      exitCode: 3,
      message: "the keychain that holds the key of openai cannot be read or changed",
    };
    await expect(locked.read("openai")).rejects.toMatchObject(unreadable);
    await expect(locked.remove("openai", signal)).rejects.toMatchObject(unreadable);
    await expect(openKeys({ file }).remove("openai", signal)).rejects.toMatchObject(unreadable);
    await expect(openKeys({ file }).read("openai")).rejects.toMatchObject({
      message: "the key of openai is in a keychain that is not there",
      advice: "set it again: mcpchat keys set openai",
    });
    kept.clear();
    await expect(openKeys({ file, keychain }).read("openai")).rejects.toThrow(
      "is not in the keychain any more",
    );
    expect(openKeys({ file }).places().get("openai")).toBe("keychain");
  });
});

test("of a key at most the last four characters are shown, of a short one none", () => {
  expect(endOf(KEY)).toBe("mnop");
  expect(endOf("short-key")).toBeUndefined();
  expect(endOf(`${KEY}\u001b[31m`)).toBeUndefined();
});

test("a key is what a header can carry", () => {
  expect(["sk-1", "a b", "", "schlüssel", "a\u0000"].map(isKey)).toEqual([true, false, false, false, false]);
  expect(keysIn("null")).toBeUndefined();
});
