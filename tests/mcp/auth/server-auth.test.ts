/** Tokens in use: renewed in time, once for all who ask, and given up where only a login helps. */
import { afterAll, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { FetchLike } from "@modelcontextprotocol/client";
import type { Issued } from "../../../src/mcp/client/auth/credentials.ts";
import { CredentialsUnavailable, LoginNeeded } from "../../../src/mcp/client/auth/errors.ts";
import { login } from "../../../src/mcp/client/auth/login.ts";
import { logout } from "../../../src/mcp/client/auth/logout.ts";
import { createServerAuth } from "../../../src/mcp/client/auth/server-auth.ts";
import { RemoteFailure } from "../../../src/mcp/client/errors.ts";
import { FakeClock } from "../../fixtures/fake-clock.ts";
import { type Protected, startProtected } from "../../fixtures/oauth/start.ts";
import { eventually as poll } from "../servers.ts";
import { memoryStore } from "./memory-store.ts";
import { remoteConfig, yesSayer } from "./person.ts";

setDefaultTimeout(60_000);

let servers: Protected;
beforeAll(async () => {
  servers = await startProtected();
});
afterAll(() => servers.stop());
beforeEach(() => servers.reset());

const signal = new AbortController().signal;
const CONTEXT = { response: new Response(), serverUrl: new URL("http://localhost"), fetchFn: fetch };

/** Somebody who has logged in. */
async function loggedIn() {
  const store = memoryStore();
  const config = remoteConfig(servers.mcp);
  await login(config, { store, signal, listen: yesSayer().listen });
  await servers.control({ asked: [] });
  const issued = (): Issued => store.kept.get(servers.mcp)?.issuers[servers.issuer] ?? {};
  const set = async (changes: Issued) => {
    const credentials = store.kept.get(servers.mcp);
    const issuers = { [servers.issuer]: { ...issued(), ...changes } };
    if (credentials) await store.write({ ...credentials, issuers });
  };
  const auth = (fetch?: FetchLike) => createServerAuth(config, { store, ...(fetch && { fetch }) });
  return { store, config, issued, set, auth, token: issued().tokens?.access_token ?? "" };
}

const renewals = async () =>
  (await servers.control()).asked.filter((request) => request === "POST /token").length;

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("a token", () => {
  test("is used as it is while it lasts", async () => {
    const { auth, token } = await loggedIn();
    expect(await auth().token()).toBe(token);
    expect(await renewals()).toBe(0);
  });

  test("that is about to end is renewed once for all who ask, and the refresh token with it", async () => {
    const { auth, token, set, issued } = await loggedIn();
    const refresh = issued().tokens?.refresh_token;
    await set({ expiresAt: Date.now() + 1000 });
    const mine = auth();
    const [one, other] = await Promise.all([mine.token(), mine.token()]);
    expect(one).toBe(other as string); // Both are there, as the next line would not hold otherwise.
    expect(one).not.toBe(token);
    expect(issued().tokens?.access_token).toBe(one as string); // As above.
    expect(issued().tokens?.refresh_token).not.toBe(refresh as string); // The login gave one.
    expect(issued().tokens?.scope).toBe("mcp:read");
    expect(await renewals()).toBe(1);
  });

  test("that the server refuses is renewed", async () => {
    const { auth, token } = await loggedIn();
    const mine = auth();
    await mine.token();
    await mine.onUnauthorized?.(CONTEXT);
    expect(await mine.token()).not.toBe(token);
  });

  test("that somebody else has renewed meanwhile is taken as it is", async () => {
    const { auth, set, issued } = await loggedIn();
    const mine = auth();
    await mine.token();
    const tokens = issued().tokens;
    if (tokens) await set({ tokens: { ...tokens, access_token: "newer" } });
    await mine.onUnauthorized?.(CONTEXT);
    expect(await mine.token()).toBe("newer");
    expect(await renewals()).toBe(0);
  });

  test("that is refused late is not renewed a second time", async () => {
    const { auth } = await loggedIn();
    const mine = auth();
    const wire = mine.watching(async () => new Response("", { status: 401 }));
    const send = async () =>
      wire(servers.mcp, { headers: { authorization: `Bearer ${await mine.token()}` } });
    const [first, second] = [await send(), await send()];
    await mine.onUnauthorized?.({ ...CONTEXT, response: first });
    const renewed = await mine.token();
    await mine.onUnauthorized?.({ ...CONTEXT, response: second });
    expect(await mine.token()).toBe(renewed);
    expect(await renewals()).toBe(1);
  });

  test("is used to its end when it cannot be renewed in time", async () => {
    const { auth, token, set } = await loggedIn();
    await servers.control({ tokenFailure: 503 });
    await set({ expiresAt: Date.now() + 10_000 });
    expect(await auth().token()).toBe(token);
    await set({ expiresAt: Date.now() - 1 });
    const error = await failureOf(auth().token());
    expect(error).toBeInstanceOf(RemoteFailure);
    expect(error).toMatchObject({
      permanent: false,
      message: "its authorization server gave no token: server_error: out of order",
    });
  });
});

describe("an authorization server that does not answer", () => {
  test("is asked once for all who need a token, and all hear of it together", async () => {
    const { set, config, store } = await loggedIn();
    const clock = new FakeClock();
    await set({ expiresAt: 0 });
    let asked = 0;
    const never: FetchLike = (_url, init) => {
      asked += 1;
      return new Promise((_, reject) => init?.signal?.addEventListener("abort", () => reject(new Error())));
    };
    const auth = createServerAuth(config, { store, clock, fetch: never });
    const failures = Promise.all([1, 2, 3, 4, 5].map(() => failureOf(auth.token())));
    await poll("the question", async () => asked > 0);
    await clock.advance(15_000);
    const words = `${servers.issuer} does not answer`;
    expect(await failures).toEqual(
      Array(5).fill(expect.objectContaining({ message: words, permanent: false })),
    );
    expect(asked).toBe(1);
    // The next one tries again.
    const later = failureOf(auth.token());
    await poll("the next question", async () => asked === 2);
    await clock.advance(15_000);
    expect(await later).toMatchObject({ message: words });
  });

  test("keeps others from the login for a while, which is no reason to give up", async () => {
    const { config, store, set } = await loggedIn();
    await set({ expiresAt: 0 });
    const held = {
      ...store,
      exclusively: () => Promise.reject(new CredentialsUnavailable("held for too long", "try again")),
    };
    expect(await failureOf(createServerAuth(config, { store: held }).token())).toMatchObject({
      message: "held for too long; try again",
      permanent: false,
      undelivered: true,
    });
  });
});

describe("a login is needed", () => {
  test("where nobody has logged in", async () => {
    const auth = createServerAuth(remoteConfig(servers.mcp), { store: memoryStore() });
    expect(await auth.token()).toBeUndefined();
    const error = await failureOf(Promise.resolve(auth.onUnauthorized?.(CONTEXT)));
    expect(error).toBeInstanceOf(LoginNeeded);
    expect(error).toMatchObject({
      message: "it asks for a login; run: mcpchat servers login safe",
      permanent: true,
      undelivered: true,
    });
  });

  test("once the refresh token is revoked, and the tokens are dropped", async () => {
    const { auth, config, store, issued, set } = await loggedIn();
    const elsewhere = memoryStore();
    await elsewhere.write(structuredClone(await store.read(servers.mcp)));
    expect(await logout(config, { store: elsewhere, signal })).toBe("revoked");
    await set({ expiresAt: 0 });
    const error = await failureOf(auth().token());
    expect(error).toMatchObject({
      message: "its login has ended; run: mcpchat servers login safe",
      permanent: true,
    });
    expect(issued().tokens).toBeUndefined();
    // The registration is good for the next login.
    expect(issued().client?.client_id).toBeString();
  });

  test("once a token without a refresh token ends", async () => {
    const { auth, set } = await loggedIn();
    await set({ tokens: { access_token: "short", token_type: "Bearer" }, expiresAt: 0 });
    expect(await failureOf(auth().token())).toBeInstanceOf(LoginNeeded);
  });

  test("but not when another process was quicker than the lock", async () => {
    const { auth, store, set, issued } = await loggedIn();
    const tokens = issued().tokens;
    await set({
      tokens: { access_token: "old", token_type: "Bearer", refresh_token: "used up" },
      expiresAt: 0,
    });
    const racing: FetchLike = async (url, init) => {
      const response = await fetch(url, init);
      if (init?.method === "POST" && tokens) await set({ tokens, expiresAt: Date.now() + 3_600_000 });
      return response;
    };
    expect(await auth(racing).token()).toBe(tokens?.access_token as string); // The login gave one.
    expect(store.kept.get(servers.mcp)?.issuer).toBe(servers.issuer);
  });

  test("with more scopes, which the next login asks for", async () => {
    const { auth, store } = await loggedIn();
    const refusing =
      (scope: string): FetchLike =>
      async () => {
        const challenge = `Bearer error="insufficient_scope", scope="${scope}"`;
        return new Response("", { status: 403, headers: { "www-authenticate": challenge } });
      };
    const error = await failureOf(auth().watching(refusing("mcp:write"))(servers.mcp));
    expect(error).toMatchObject({
      message: "it needs more rights (scopes mcp:write); run: mcpchat servers login safe",
    });
    await failureOf(auth().watching(refusing("mcp:admin"))(servers.mcp));
    expect(store.kept.get(servers.mcp)?.wanted).toBe("mcp:write mcp:admin");
  });
});

test("a plain 403 passes", async () => {
  const { auth } = await loggedIn();
  const response = await auth().watching(async () => new Response("no", { status: 403 }))(servers.mcp);
  expect(await response.text()).toBe("no");
});

test("an authorization server that says it is another one gets no refresh token", async () => {
  const { auth, set, issued } = await loggedIn();
  await set({ expiresAt: 0 });
  await servers.control({ claimedIssuer: "https://bank.example" });
  expect(await failureOf(auth().token())).toMatchObject({
    message: `its authorization server says that it is another one than ${servers.issuer}: refused`,
    permanent: true,
  });
  expect(await renewals()).toBe(0);
  // It may be who it was again tomorrow.
  expect(issued().tokens?.refresh_token).toBeString();
});

test("a refresh token is shown to no other authorization server than its own", async () => {
  const { auth, store, issued } = await loggedIn();
  const issuer = "https://old.example";
  const credentials = await store.read(servers.mcp);
  await store.write({ ...credentials, issuer, issuers: { [issuer]: { ...issued(), expiresAt: 0 } } });
  expect(await failureOf(auth().token())).toBeInstanceOf(LoginNeeded);
  expect(await renewals()).toBe(0);
});

describe("logout", () => {
  test("forgets everything and revokes the tokens", async () => {
    const { config, store, token } = await loggedIn();
    expect(await logout(config, { store, signal })).toBe("revoked");
    expect(
      (await servers.control()).asked.filter((request) => request === "POST /token/revocation"),
    ).toHaveLength(2);
    expect(Object.keys((await store.read(servers.mcp)).issuers)).toEqual([]);
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(servers.mcp, { method: "POST", headers, body: "{}" })).status).toBe(401);
    expect(await logout(config, { store, signal })).toBe("not_logged_in");
  });

  test("shows the tokens to no other authorization server than their own", async () => {
    const { config, store, issued } = await loggedIn();
    const issuer = "https://old.example";
    await store.write({ ...(await store.read(servers.mcp)), issuer, issuers: { [issuer]: issued() } });
    expect(await logout(config, { store, signal })).toBe("forgotten");
    expect((await servers.control()).asked).not.toContain("POST /token/revocation");
  });

  test("forgets it also where nothing can be revoked", async () => {
    const { config, store } = await loggedIn();
    const gone: FetchLike = () => Promise.reject(new Error("no network"));
    expect(await logout(config, { store, signal, fetch: gone })).toBe("forgotten");
    expect(Object.keys((await store.read(servers.mcp)).issuers)).toEqual([]);
  });
});
