/** What the tests of logins share: a server as it is configured, and a person who decides at once. */

import type { Callback, LoginOptions } from "../../../src/mcp/client/auth/login.ts";
import type { OAuthConfig, RemoteConfig } from "../../../src/mcp/client/config.ts";
import { decide } from "../../fixtures/oauth/browser.ts";

export function remoteConfig(url: string, oauth: OAuthConfig = {}): RemoteConfig {
  return {
    name: "safe",
    transport: "http",
    url,
    headers: {},
    oauth,
    restart: "permanent",
    trusted: false,
    tools: { allow: [], deny: [] },
    connectTimeoutMs: 30_000,
    callTimeoutMs: 30_000,
    maxCalls: 8,
    sampling: "deny",
  };
}

export interface Person {
  listen: LoginOptions["listen"];
  /** The addresses that were shown. */
  shown: URL[];
}

/** Says yes; `tamper` changes the answer on its way back. */
export function yesSayer(tamper: (answer: URLSearchParams) => void = () => {}, port = 3334): Person {
  const shown: URL[] = [];
  const listen = (wanted: number | undefined): Callback => ({
    redirectUrl: `http://127.0.0.1:${wanted ?? port}/callback`,
    async ask(url) {
      shown.push(url);
      const { searchParams } = await decide(url);
      tamper(searchParams);
      return searchParams;
    },
    close() {},
  });
  return { listen, shown };
}
