/**
 * The client that the conformance suite tests: mcpchat's own link, connection, login and answers to a server's requests,
 * with a driver around them that does what a scenario asks for. The suite passes the server's address as the last argument
 * and says the rest in the environment.
 */
import type { OAuthConfig, RemoteConfig } from "../../src/mcp/client/config.ts";
import { Account } from "./account.ts";
import { type Context, scenarioFor } from "./scenarios.ts";
import { DONE } from "./verdict.ts";
import { Visit } from "./visit.ts";

/** Below what the suite gives to a scenario, so that nothing is left behind when it gives up. */
const LIMIT_MS = 80_000;
/** The document that one scenario expects to be named; nobody ever fetches it. */
const METADATA_URL = "https://conformance-test.local/client-metadata.json";

/** The server as a person would write it into the configuration. */
function remoteConfig(url: string, scenario: string, context: Context): RemoteConfig {
  const oauth: OAuthConfig = {
    ...(scenario === "auth/basic-cimd" && { clientMetadataUrl: METADATA_URL }),
    ...(context.client_id !== undefined && { clientId: context.client_id }),
    ...(context.client_secret !== undefined && { clientSecret: context.client_secret }),
  };
  return {
    name: "suite",
    transport: "http",
    url,
    headers: {},
    oauth,
    restart: "permanent",
    trusted: false,
    tools: { allow: [], deny: [] },
    connectTimeoutMs: 60_000,
    callTimeoutMs: 60_000,
    maxCalls: 8,
    sampling: "deny",
  };
}

async function main(): Promise<number> {
  const url = process.argv.at(-1) ?? "";
  const name = process.env.MCP_CONFORMANCE_SCENARIO ?? "";
  // Written by the suite; a scenario's function takes from it what that scenario has.
  const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? "{}") as Context;
  const config = remoteConfig(url, name, context);
  const account = new Account(config);
  const visit = new Visit(config, account);
  try {
    await scenarioFor(name)(visit, context);
    console.log(DONE);
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    visit.close();
    account.close();
  }
}

setTimeout(() => {
  console.error(`not done within ${LIMIT_MS / 1000} s`);
  process.exit(1);
}, LIMIT_MS).unref();
process.exit(await main());
