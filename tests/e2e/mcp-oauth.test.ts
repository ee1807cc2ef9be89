/** Remote servers that want to know who we are: what a run tells without a login, and what follows from one. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { homeWithModel } from "./harness.ts";
import { call, credentialFile, LoginTests, logIn, NEEDS_LOGIN } from "./mcp-logins.ts";

setDefaultTimeout(120_000);

const tests = new LoginTests();

describe("without a login", () => {
  test("a call fails with the command to run", async () => {
    const { code, stdout, stderr } = await call(tests.homeWith());
    expect({ code, stdout }).toEqual({ code: 6, stdout: "" });
    expect(stderr).toContain(NEEDS_LOGIN);
    expect(await tests.asked("GET /auth")).toBe(0);
  });

  test("a run goes on without the server, which is named; --require ends it", async () => {
    const { home } = homeWithModel();
    tests.homeWith("", home);
    const run = await home.run(["-m", "anthropic/hello", "--json", "hi"]);
    expect(run.code).toBe(0);
    expect(run.stderr).toContain(`server safe failed: ${NEEDS_LOGIN}`);
    const [server] = JSON.parse(run.stdout).servers;
    expect(server).toMatchObject({ name: "safe", state: "failed", error: NEEDS_LOGIN });
    const required = await home.run(["-m", "anthropic/hello", "--require", "safe", "hi"]);
    expect(required.code).toBe(6);
    expect(required.stderr).toContain(NEEDS_LOGIN);
  });
});

describe("after a login", () => {
  test("a token that has ended is renewed without a word", async () => {
    const home = tests.homeWith();
    await logIn(home);
    const { issued, save } = tests.keptIn(home);
    issued.expiresAt = 0;
    save();
    expect(await call(home)).toMatchObject({ code: 0, stderr: "" });
    expect(tests.keptIn(home).issued.tokens.access_token).not.toBe(issued.tokens.access_token);
  });

  test("a token that the server refuses is renewed without a word", async () => {
    const home = tests.homeWith();
    await logIn(home);
    const { tokens } = tests.keptIn(home).issued;
    await tests.servers.control({ revoked: [tokens.access_token] });
    expect(await call(home)).toMatchObject({ code: 0, stderr: "" });
    expect(tests.keptIn(home).issued.tokens.refresh_token).not.toBe(tokens.refresh_token);
  });

  test("processes that renew at once do it one time, as a refresh token is good for one", async () => {
    const home = tests.homeWith();
    await logIn(home);
    const { issued, save } = tests.keptIn(home);
    issued.expiresAt = 0;
    save();
    await tests.servers.control({ asked: [] });
    const runs = await Promise.all([call(home), call(home), call(home)]);
    expect(runs.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      runs.map(() => ({ code: 0, stderr: "" })),
    );
    expect(await tests.asked("POST /token")).toBe(1);
  });

  test("a refresh token that was revoked means a login", async () => {
    const home = tests.homeWith();
    await logIn(home);
    const { issued, save } = tests.keptIn(home);
    issued.tokens.refresh_token = "revoked by its owner";
    issued.expiresAt = 0;
    save();
    const { code, stderr } = await call(home);
    expect(code).toBe(6);
    expect(stderr).toContain("its login has ended; run: mcpchat servers login safe");
    // It was told once; the next run has nothing to try.
    expect((await call(home)).stderr).toContain(NEEDS_LOGIN);
    expect((await logIn(home)).code).toBe(0);
    expect((await call(home)).code).toBe(0);
  });

  test("a token that the server never accepts means a login, without a loop", async () => {
    const home = tests.homeWith();
    await logIn(home);
    await tests.servers.control({ accessTokenSeconds: 1, asked: [] });
    const { issued, save } = tests.keptIn(home);
    issued.tokens.access_token = "never known";
    save();
    await tests.servers.control({ revoked: ["never known"] });
    expect((await call(home)).code).toBe(0);
    expect(await tests.asked("POST /token")).toBeLessThanOrEqual(2);
  });

  test("more rights are told with the command, which asks for them", async () => {
    const home = tests.homeWith();
    await logIn(home);
    await tests.servers.control({ demands: "mcp:write" });
    const refused = await call(home);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain(
      "it needs more rights (scopes mcp:write); run: mcpchat servers login safe",
    );
    expect((await logIn(home)).stdout).toContain("with the scopes mcp:read mcp:write");
    expect(await call(home)).toMatchObject({ code: 0, stdout: "you may: mcp:read mcp:write\n" });
  });

  test("an authorization server that is out of order is told as that", async () => {
    const home = tests.homeWith();
    await logIn(home);
    const { issued, save } = tests.keptIn(home);
    issued.expiresAt = 0;
    save();
    await tests.servers.control({ tokenFailure: 503 });
    const { code, stderr } = await call(home);
    expect(code).toBe(6);
    expect(stderr).toContain("its authorization server gave no token: server_error: out of order");
    await tests.servers.control({ tokenFailure: 0 });
    expect((await call(home)).code).toBe(0);
  });

  test("a damaged file is told where it is needed, and nowhere else", async () => {
    const home = tests.homeWith(`[mcp.servers.open]\nurl = "${tests.servers.open}"\n`);
    await logIn(home);
    const file = credentialFile(home);
    writeFileSync(file, "{");
    const { code, stderr } = await call(home);
    expect(code).toBe(6);
    expect(stderr).toContain(`${file}: is damaged; remove it, and log in again`);
    expect((await home.run(["call", "open", "whoami"])).code).toBe(0);
  });

  test("servers logout forgets and revokes it", async () => {
    const home = tests.homeWith();
    await logIn(home);
    const { tokens } = tests.keptIn(home).issued;
    expect(await home.run(["servers", "logout", "safe"])).toMatchObject({
      code: 0,
      stdout: "forgot the login, and had its tokens revoked, to safe\n",
    });
    expect(existsSync(credentialFile(home))).toBe(false);
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    expect((await fetch(tests.servers.mcp, { method: "POST", headers, body: "{}" })).status).toBe(401);
    expect((await call(home)).stderr).toContain(NEEDS_LOGIN);
    expect(JSON.parse((await home.run(["servers", "logout", "safe", "--json"])).stdout)).toEqual({
      server: "safe",
      logout: "not_logged_in",
    });
  });
});

test("headers that say who we are come first, and no login is tried", async () => {
  const home = tests.homeWith(`headers = { Authorization = "Bearer of-mine" }\n`);
  const { code, stderr } = await call(home);
  expect(code).toBe(6);
  expect(stderr).not.toContain("of-mine");
  expect(await tests.asked("GET /.well-known/oauth-authorization-server")).toBe(0);
});
