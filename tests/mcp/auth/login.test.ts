/** Logins at a real authorization server. */
import { afterAll, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { login } from "../../../src/mcp/client/auth/login.ts";
import type { OAuthConfig } from "../../../src/mcp/client/config.ts";
import { type Protected, startProtected } from "../../fixtures/oauth/start.ts";
import { memoryStore } from "./memory-store.ts";
import { type Person, remoteConfig, yesSayer } from "./person.ts";

setDefaultTimeout(60_000);

let servers: Protected;
beforeAll(async () => {
  servers = await startProtected();
});
afterAll(() => servers.stop());
beforeEach(() => servers.reset());

const signal = new AbortController().signal;

function logIn(person: Person, { oauth = {}, store = memoryStore(), url = servers.mcp }: LogInOptions = {}) {
  return login(remoteConfig(url, oauth), { store, signal, listen: person.listen });
}

interface LogInOptions {
  oauth?: OAuthConfig;
  store?: ReturnType<typeof memoryStore>;
  url?: string;
}

function kept(store: ReturnType<typeof memoryStore>) {
  const credentials = store.kept.get(servers.mcp);
  return { credentials, issued: credentials?.issuers[servers.issuer] };
}

describe("a login", () => {
  test("keeps the tokens by server and issuer, and says what they are good for", async () => {
    const store = memoryStore();
    const person = yesSayer();
    const outcome = await logIn(person, { store });
    expect(outcome).toEqual({ kind: "logged_in", issuer: servers.issuer, scopes: "mcp:read" });
    const { credentials, issued } = kept(store);
    expect(credentials?.issuer).toBe(servers.issuer);
    expect(issued?.tokens?.access_token).toBeString();
    expect(issued?.tokens?.refresh_token).toBeString();
    expect(issued?.expiresAt).toBeGreaterThan(Date.now());
    expect(credentials).not.toHaveProperty("verifier");
  });

  test("asks with PKCE, a random state, the resource, and the scopes that the server names", async () => {
    const person = yesSayer();
    await logIn(person);
    await logIn(person);
    const [first, second] = person.shown.map(({ searchParams }) => Object.fromEntries(searchParams));
    expect(first).toMatchObject({
      response_type: "code",
      code_challenge_method: "S256",
      resource: servers.mcp,
      redirect_uri: "http://127.0.0.1:3334/callback",
      scope: "mcp:read offline_access",
    });
    expect(first?.state?.length).toBeGreaterThan(40);
    expect(second?.state).not.toBe(first?.state);
    expect(second?.code_challenge).not.toBe(first?.code_challenge);
  });

  test("asks for the configured scopes instead", async () => {
    const outcome = await logIn(yesSayer(), { oauth: { scopes: ["mcp:write"] } });
    expect(outcome).toMatchObject({ scopes: "mcp:write" });
  });

  test("registers once, and again for another port or for more rights", async () => {
    const store = memoryStore();
    const registrations = async () =>
      (await servers.control()).asked.filter((request) => request === "POST /reg").length;
    await logIn(yesSayer(), { store });
    await logIn(yesSayer(), { store });
    expect(await registrations()).toBe(1);
    await logIn(yesSayer(), { store, oauth: { callbackPort: 4445 } });
    expect(await registrations()).toBe(2);
    const { credentials } = kept(store);
    if (credentials) await store.write({ ...credentials, wanted: "mcp:write" });
    expect(await logIn(yesSayer(), { store })).toMatchObject({ scopes: "mcp:read mcp:write" });
    expect(await registrations()).toBe(3);
    expect(kept(store).credentials).not.toHaveProperty("wanted");
  });

  test("uses the client that is configured, and registers none", async () => {
    const store = memoryStore();
    const person = yesSayer();
    await logIn(person, { store, oauth: { clientId: "known", clientSecret: "secret-of-known" } });
    expect(person.shown[0]?.searchParams.get("client_id")).toBe("known");
    expect((await servers.control()).asked).not.toContain("POST /reg");
    // It stays in the configuration.
    expect(JSON.stringify(kept(store).credentials)).not.toContain("secret-of-known");
  });

  test("is not needed where the server lets everybody in", async () => {
    const person = yesSayer();
    expect(await logIn(person, { url: servers.open })).toEqual({ kind: "not_needed" });
    expect(person.shown).toEqual([]);
  });
});

describe("refuses", () => {
  const refusal = (person: Person, options: LogInOptions = {}) =>
    logIn(person, options).then(
      () => "logged in",
      (error) => `${error.exitCode} ${error.message}`,
    );

  test("an answer with another state, and gives the code to nobody", async () => {
    const person = yesSayer((answer) => answer.set("state", "guessed"));
    expect(await refusal(person)).toBe("4 the answer is not to this login: refused");
    expect((await servers.control()).asked).not.toContain("POST /token");
  });

  test.each([
    ["of another issuer", (answer: URLSearchParams) => answer.set("iss", "https://evil.example")],
    ["that hides its issuer", (answer: URLSearchParams) => answer.delete("iss")],
  ])("an answer %s, without showing what it says", async (_what, tamper) => {
    const person = yesSayer(tamper);
    expect(await refusal(person)).toBe(`4 the answer comes from another one than ${servers.issuer}: refused`);
    expect((await servers.control()).asked).not.toContain("POST /token");
  });

  test("the words of an error whose issuer is another one", async () => {
    const person = yesSayer((answer) => {
      answer.delete("code");
      answer.set("iss", "https://evil.example");
      answer.set("error", "access_denied");
      answer.set("error_description", "call 0900-EVIL");
    });
    expect(await refusal(person)).not.toContain("EVIL");
  });

  test("an authorization server that says it is another one", async () => {
    await servers.control({ claimedIssuer: "https://bank.example" });
    const store = memoryStore();
    expect(await refusal(yesSayer(), { store })).toBe(
      `4 its authorization server says that it is another one than ${servers.issuer}: refused`,
    );
    expect(store.kept.size).toBe(0);
  });

  test.each(["http://login.example/auth", "file:///etc/passwd", "javascript:alert(1)"])(
    "to send anybody to %s",
    async (address) => {
      await servers.control({ loginAt: address });
      const person = yesSayer();
      expect(await refusal(person)).toStartWith("4 ");
      expect(person.shown).toEqual([]);
    },
  );

  test("a code that the authorization server does not know, in its words on one line", async () => {
    const person = yesSayer((answer) => answer.set("code", "made-up"));
    expect(await refusal(person)).toBe(
      "4 its authorization server gave no token: invalid_grant: grant request is invalid",
    );
  });

  test("the secret of a configured client to a new authorization server", async () => {
    const store = memoryStore();
    await store.write({ server: servers.mcp, issuers: {}, boundTo: "https://old.example" });
    expect(await refusal(yesSayer(), { store, oauth: { clientId: "known" } })).toBe(
      `4 its authorization server was https://old.example and is now ${servers.issuer}: refused`,
    );
  });
});

test("a registration that the authorization server has forgotten is made again by the next login", async () => {
  const store = memoryStore();
  await logIn(yesSayer(), { store });
  const { credentials, issued } = kept(store);
  const client = issued?.client;
  if (!credentials || !client) throw new Error("nobody was registered");
  const forgotten = { ...client, client_id: "known", client_secret: "wrong" };
  await store.write({ ...credentials, issuers: { [servers.issuer]: { ...issued, client: forgotten } } });
  const error = await logIn(yesSayer(undefined, 80), { store }).catch((caught) => caught);
  expect(error.message).toStartWith("its authorization server gave no token: invalid_client");
  expect(await logIn(yesSayer(), { store })).toMatchObject({ kind: "logged_in" });
});

test("a registration whose time is over is made again", async () => {
  const store = memoryStore();
  await logIn(yesSayer(), { store });
  const { credentials, issued } = kept(store);
  if (!credentials || !issued?.client) throw new Error("nobody was registered");
  const client = { ...issued.client, client_secret: "old", client_secret_expires_at: 1 };
  await store.write({ ...credentials, issuers: { [servers.issuer]: { ...issued, client } } });
  await logIn(yesSayer(), { store });
  expect(kept(store).issued?.client?.client_id).not.toBe(client.client_id);
});

test("a login that fails leaves what was there", async () => {
  const store = memoryStore();
  await logIn(yesSayer(), { store });
  const before = structuredClone(store.kept);
  await logIn(
    yesSayer((answer) => answer.set("code", "made-up")),
    { store },
  ).catch(() => {});
  expect(store.kept).toEqual(before);
});

test("says that a server registers nobody, and what to do", async () => {
  await servers.control({ refusesRegistration: true });
  const error = await logIn(yesSayer()).catch((caught) => caught);
  expect(error.message).toBe("its authorization server does not register us: access_denied: no new clients");
  expect(error.advice).toBe("name a client_id in the server's oauth table");
});

test("says that a server cannot be reached", async () => {
  const gone = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  const url = `${gone.url.origin}/mcp`;
  await gone.stop(true);
  const error = await logIn(yesSayer(), { url }).catch((caught) => caught);
  expect(`${error.exitCode} ${error.message}`).toBe(
    `5 ${new URL(url).origin} cannot be reached: connection refused`,
  );
});
