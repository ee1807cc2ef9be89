import { expect, test } from "bun:test";
import type { FetchLike } from "@modelcontextprotocol/client";
import { logout } from "../../../src/mcp/client/auth/logout.ts";
import { memoryStore } from "./memory-store.ts";
import { remoteConfig } from "./person.ts";

test("a logout says who we are as the standard wants it, in whatever letters", async () => {
  const issuer = "https://login.example";
  const store = memoryStore();
  const server = "https://mcp.example/mcp";
  const client = { client_id: "us:€", client_secret: "p w%", issuer };
  const tokens = { access_token: "a", token_type: "Bearer" };
  await store.write({ server, issuer, issuers: { [issuer]: { client, tokens } } });
  const shown: (string | null)[] = [];
  const authorizationServer: FetchLike = async (url, init) => {
    if (String(url).endsWith("/revoke")) {
      shown.push(new Headers(init?.headers).get("authorization"));
      return new Response();
    }
    const endpoint = (name: string) => `${issuer}/${name}`;
    return Response.json({
      issuer,
      authorization_endpoint: endpoint("authorize"),
      token_endpoint: endpoint("token"),
      revocation_endpoint: endpoint("revoke"),
      response_types_supported: ["code"],
    });
  };
  expect(
    await logout(remoteConfig(server), {
      store,
      signal: new AbortController().signal,
      fetch: authorizationServer,
    }),
  ).toBe("revoked");
  const pair = Buffer.from(shown[0]?.replace("Basic ", "") ?? "", "base64").toString();
  expect(pair).toBe("us%3A%E2%82%AC:p%20w%25");
});
