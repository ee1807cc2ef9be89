/** A connection whose server wants to know who we are, through the transports as they are. */
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, setDefaultTimeout, test } from "bun:test";
import { systemClock } from "../../../src/lib/clock.ts";
import { login } from "../../../src/mcp/client/auth/login.ts";
import { createServerAuth } from "../../../src/mcp/client/auth/server-auth.ts";
import { remoteLink } from "../../../src/mcp/client/remote/link.ts";
import { openConnection } from "../../../src/mcp/client/session/connection.ts";
import { type Protected, startProtected } from "../../fixtures/oauth/start.ts";
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
const LIMITS = { signal, idleMs: 30_000, totalMs: 30_000 };

async function connected() {
  const store = memoryStore();
  const config = remoteConfig(servers.mcp);
  await login(config, { store, signal, listen: yesSayer().listen });
  const auth = createServerAuth(config, { store });
  const running = openConnection(remoteLink(config, { clock: systemClock, auth }), {
    clientInfo: { name: "test", version: "1.0.0" },
    connectTimeoutMs: 30_000,
    onTools: () => {},
    onComplaint: () => {},
    lastTry: false,
  });
  onTestFinished(() => void running.stop("shutdown"));
  await running.handle.ready;
  const call = async () => (await running.handle.call("whoami", {}, LIMITS)).content;
  const token = () => store.kept.get(servers.mcp)?.issuers[servers.issuer]?.tokens?.access_token ?? "";
  return { call, token };
}

test("a call that needs more rights fails alone: the session goes on", async () => {
  const { call } = await connected();
  await servers.control({ demands: "mcp:write" });
  expect(await call().catch((error) => error.message)).toContain(
    "it needs more rights (scopes mcp:write); run: mcpchat servers login safe",
  );
  await servers.control({ demands: "" });
  expect(await call()).toBe("you may: mcp:read");
});

test("many calls whose token is refused renew it once, and are all answered", async () => {
  const { call, token } = await connected();
  await servers.control({ revoked: [token()], asked: [] });
  expect(await Promise.all(Array.from({ length: 8 }, call))).toEqual(
    Array.from({ length: 8 }, () => "you may: mcp:read"),
  );
  const { asked } = await servers.control();
  expect(asked.filter((request) => request === "POST /token")).toHaveLength(1);
});
