/** Credentials in files and in a keychain. */
import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemKeychain } from "../../../src/lib/keychain.ts";
import { type Credentials, change, noCredentials } from "../../../src/mcp/client/auth/credentials.ts";
import { fileStore } from "../../../src/mcp/client/auth/store.ts";
import { takeLock } from "../../../src/process/lock.ts";
import { FakeClock } from "../../fixtures/fake-clock.ts";
import { temporaryFolder } from "../../fixtures/temporary-folder.ts";

const SERVER = "https://mcp.example/mcp";
const CREDENTIALS: Credentials = {
  server: SERVER,
  issuer: "https://login.example",
  issuers: {
    "https://login.example": {
      client: { client_id: "us", issuer: "https://login.example" },
      tokens: { access_token: "access-secret", token_type: "Bearer", refresh_token: "refresh-secret" },
      expiresAt: 1,
    },
  },
  wanted: "more",
};

function place() {
  const folder = join(temporaryFolder(), "oauth");
  return { folder, files: () => readdirSync(folder).filter((name) => name.endsWith(".json")) };
}

/** A keychain of the system that works. */
function workingSecrets() {
  const kept = new Map<string, string>();
  const secrets = {
    get: async ({ name }: { name: string }) => kept.get(name) ?? null,
    set: async ({ name, value }: { name: string; value: string }) => void kept.set(name, value),
    delete: async ({ name }: { name: string }) => kept.delete(name),
  };
  return { kept, secrets: secrets as unknown as typeof Bun.secrets }; // One of its two forms of call is enough here.
}

describe("a file", () => {
  test("holds what was written, for its owner alone", async () => {
    const { folder, files } = place();
    await fileStore({ folder }).write({ ...CREDENTIALS, verifier: "never stored" });
    expect(await fileStore({ folder }).read(SERVER)).toEqual(CREDENTIALS);
    const [name = ""] = files();
    expect(name).toStartWith("mcp.example-");
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  test("is one for each server, and goes with its last credentials", async () => {
    const { folder, files } = place();
    const store = fileStore({ folder });
    await store.write(CREDENTIALS);
    await store.write({ ...CREDENTIALS, server: "https://mcp.example/other" });
    expect(files()).toHaveLength(2);
    await store.write(noCredentials(SERVER));
    expect(files()).toHaveLength(1);
    expect(await store.read(SERVER)).toEqual(noCredentials(SERVER));
  });

  test.each([
    ["cut off", '{"version": 1, "server": "https'],
    ["of another server", JSON.stringify({ version: 1, server: "https://evil.example", issuers: {} })],
    [
      "with tokens that are none",
      JSON.stringify({ version: 1, server: SERVER, issuers: { a: { tokens: 1 } } }),
    ],
    ["without any", JSON.stringify({ version: 1, server: SERVER })],
  ])("that is damaged (%s) is one clear line", async (_how, text) => {
    const { folder, files } = place();
    const store = fileStore({ folder });
    await store.write(CREDENTIALS);
    const file = join(folder, files()[0] ?? "");
    writeFileSync(file, text);
    const error = await store.read(SERVER).catch((caught) => caught);
    expect(error).toMatchObject({
      exitCode: 3,
      message: `${file}: is damaged`,
      advice: "remove it, and log in again",
    });
  });

  test.skipIf(process.getuid?.() === 0)("that cannot be read is told as such", async () => {
    const { folder, files } = place();
    const store = fileStore({ folder });
    await store.write(CREDENTIALS);
    chmodSync(join(folder, files()[0] ?? ""), 0);
    await expect(store.read(SERVER)).rejects.toMatchObject({ exitCode: 3 });
  });
});

describe("a keychain", () => {
  const onDesktop = { env: {}, platform: "darwin" } as const;

  test("holds what is secret, and the file does not", async () => {
    const { folder, files } = place();
    const { secrets, kept } = workingSecrets();
    const open = () => {
      const keychain = systemKeychain({ ...onDesktop, secrets });
      return fileStore({ folder, ...(keychain && { keychain }) });
    };
    await open().write(CREDENTIALS);
    expect(readFileSync(join(folder, files()[0] ?? ""), "utf8")).not.toContain("secret");
    expect(await open().read(SERVER)).toEqual(CREDENTIALS);
    await open().write(noCredentials(SERVER));
    expect(kept.size).toBe(0);
  });

  test("that fails, or loses what it is given, is passed over for the file", async () => {
    const { secrets } = workingSecrets();
    const fails = { ...secrets, set: () => Promise.reject(new Error("locked")) };
    const loses = { ...secrets, set: async () => {} };
    for (const broken of [fails, loses]) {
      const { folder } = place();
      const keychain = systemKeychain({ ...onDesktop, secrets: broken });
      await fileStore({ folder, ...(keychain && { keychain }) }).write(CREDENTIALS);
      expect(await fileStore({ folder }).read(SERVER)).toEqual(CREDENTIALS);
    }
  });

  test("that fails once destroys nothing, and can be asked again", async () => {
    const { folder, files } = place();
    const { secrets, kept } = workingSecrets();
    let locked = false;
    const fail = async () => {
      if (locked) throw new Error("locked");
    };
    const flaky: typeof secrets = {
      get: async (query: { name: string }) => fail().then(() => secrets.get({ service: "", ...query })),
      set: async (entry: { name: string; value: string }) =>
        fail().then(() => secrets.set({ service: "", ...entry })),
      delete: async (query: { name: string }) => fail().then(() => secrets.delete({ service: "", ...query })),
    } as typeof secrets; // As above.
    const open = () => {
      const keychain = systemKeychain({ ...onDesktop, secrets: flaky });
      return fileStore({ folder, ...(keychain && { keychain }) });
    };
    await open().write(CREDENTIALS);
    const store = open();
    locked = true;
    const unreadable = { name: "CredentialsUnavailable", exitCode: 3 };
    await expect(store.read(SERVER)).rejects.toMatchObject(unreadable);
    await expect(change(store, SERVER, (current) => ({ ...current, wanted: "x" }))).rejects.toMatchObject(
      unreadable,
    );
    await expect(store.write(noCredentials(SERVER))).rejects.toMatchObject(unreadable);
    await expect(fileStore({ folder }).read(SERVER)).rejects.toMatchObject(unreadable);
    expect(files()).toHaveLength(1);
    locked = false;
    expect(await store.read(SERVER)).toEqual(CREDENTIALS);
    await store.write(noCredentials(SERVER));
    expect(kept.size).toBe(0);
  });

  test("that cannot take one login still takes another", async () => {
    const { folder } = place();
    const { secrets, kept } = workingSecrets();
    const small: typeof secrets = {
      ...secrets,
      set: async (entry: { name: string; value: string }) => {
        if (entry.value.length > 1000) throw new Error("too large");
        return secrets.set({ service: "", ...entry });
      },
    } as typeof secrets; // As above.
    const keychain = systemKeychain({ ...onDesktop, secrets: small });
    const store = fileStore({ folder, ...(keychain && { keychain }) });
    const other = { ...CREDENTIALS, server: "https://mcp.example/large" };
    const large = { ...other, issuers: { x: { client: { client_id: "x".repeat(2000) } } } };
    await store.write(large);
    await store.write(CREDENTIALS);
    expect([...kept.keys()]).toEqual([SERVER]);
    expect(await store.read(large.server)).toEqual(large);
    expect(await store.read(SERVER)).toEqual(CREDENTIALS);
  });

  test("that never answers costs seconds once, and then nothing", async () => {
    const clock = new FakeClock();
    let asked = 0;
    const never = () => {
      asked++;
      return new Promise<never>(() => {});
    };
    const keychain = systemKeychain({
      ...onDesktop,
      clock,
      secrets: { get: never, set: never, delete: never },
    });
    const first = keychain?.set("a", "b");
    await clock.advance(5000);
    expect(await first).toBe(false);
    await expect(keychain?.get("a")).rejects.toThrow("the keychain does not answer");
    expect(asked).toBe(1);
  });

  test("is not looked for on Linux without a session", () => {
    expect(systemKeychain({ env: {}, platform: "linux" })).toBeUndefined();
    const env = { DBUS_SESSION_BUS_ADDRESS: "unix:path=/run/user/1000/bus" };
    expect(systemKeychain({ env, platform: "linux", secrets: workingSecrets().secrets })).toBeDefined();
  });

  test("is asked once for what has not changed", async () => {
    const { folder } = place();
    const { secrets } = workingSecrets();
    let asked = 0;
    const get: typeof secrets.get = (...query) => {
      asked++;
      return secrets.get(...query);
    };
    const counting = { ...secrets, get };
    const writer = systemKeychain({ ...onDesktop, secrets });
    const reader = systemKeychain({ ...onDesktop, secrets: counting });
    if (!writer || !reader) throw new Error("no keychain");
    const [writing, reading] = [writer, reader].map((keychain) => fileStore({ folder, keychain }));
    await writing?.write(CREDENTIALS);
    await reading?.read(SERVER);
    expect(await reading?.read(SERVER)).toEqual(CREDENTIALS);
    expect(asked).toBe(1);
    await writing?.write({ ...CREDENTIALS, issuers: {} });
    expect((await reading?.read(SERVER))?.issuers).toEqual({});
    expect(asked).toBe(2);
  });

  test("that has lost the secrets means a login, not a failure", async () => {
    const { folder } = place();
    const { secrets, kept } = workingSecrets();
    const keychain = systemKeychain({ ...onDesktop, secrets });
    const store = fileStore({ folder, ...(keychain && { keychain }) });
    await store.write(CREDENTIALS);
    kept.clear();
    const later = systemKeychain({ ...onDesktop, secrets });
    const another = fileStore({ folder, ...(later && { keychain: later }) });
    expect((await another.read(SERVER)).issuers).toEqual({});
  });
});

describe("changes", () => {
  test("of many at once are all kept", async () => {
    const { folder } = place();
    const stores = Array.from({ length: 8 }, () => fileStore({ folder }));
    await Promise.all(
      stores.map((store, index) =>
        change(store, SERVER, (current) => ({
          ...current,
          issuers: { ...current.issuers, [`https://${index}.example`]: { expiresAt: index } },
        })),
      ),
    );
    expect(Object.keys((await fileStore({ folder }).read(SERVER)).issuers)).toHaveLength(8);
    expect(readdirSync(folder).filter((name) => name.endsWith(".lock"))).toEqual([]);
  });

  test("wait for a process that holds the lock, but not for ever", async () => {
    const { folder, files } = place();
    const clock = new FakeClock();
    await fileStore({ folder }).write(CREDENTIALS);
    const lock = join(folder, `${files()[0]}.lock`);
    expect(takeLock(lock).kind).toBe("taken");
    const waiting = change(fileStore({ folder, clock }), SERVER, (current) => ({
      ...current,
      wanted: "x",
    })).catch((error) => error);
    await clock.advance(60_000);
    // Nobody is told to end the process that tells it.
    expect(await waiting).toMatchObject({
      message: `${lock}: held for too long`,
      advice: "try again",
      exitCode: 3,
    });
  });

  test("take over the lock of a process that has ended", async () => {
    const { folder, files } = place();
    await fileStore({ folder }).write(CREDENTIALS);
    const lock = join(folder, `${files()[0]}.lock`);
    const owner = JSON.stringify({ pid: 2 ** 22 + 1, startTime: "1", host: "" });
    writeFileSync(lock, owner.replace('"host":""', `"host":${JSON.stringify(hostOf(folder))}`));
    await change(fileStore({ folder }), SERVER, (current) => ({ ...current, wanted: "x" }));
    expect(existsSync(lock)).toBe(false);
  });
});

/** As locks name this machine. */
function hostOf(folder: string): string {
  const probe = join(folder, "probe");
  const attempt = takeLock(probe);
  const { host } = JSON.parse(readFileSync(probe, "utf8"));
  if (attempt.kind === "taken") attempt.release();
  return host;
}
