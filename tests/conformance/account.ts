/** Who mcpchat is to the server of a scenario: its own credentials and login, and a person with a browser. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openCallback } from "../../src/mcp/client/auth/callback.ts";
import { LoginNeeded } from "../../src/mcp/client/auth/errors.ts";
import { login } from "../../src/mcp/client/auth/login.ts";
import type { RemoteAuth } from "../../src/mcp/client/auth/port.ts";
import { createServerAuth } from "../../src/mcp/client/auth/server-auth.ts";
import { fileStore } from "../../src/mcp/client/auth/store.ts";
import type { RemoteConfig } from "../../src/mcp/client/config.ts";

const LOGIN_MS = 30_000;

export class Account {
  readonly auth: RemoteAuth;
  readonly #config: RemoteConfig;
  readonly #folder = mkdtempSync(join(tmpdir(), "mcpchat-conformance-account-"));
  readonly #store = fileStore({ folder: this.#folder });
  #loginNeeded = false;

  constructor(config: RemoteConfig) {
    this.#config = config;
    this.auth = this.#noticing(createServerAuth(config, { store: this.#store }));
  }

  /** Whether a login was asked for since the last question. */
  takeLoginNeeded(): boolean {
    const needed = this.#loginNeeded;
    this.#loginNeeded = false;
    return needed;
  }

  /** What `mcpchat servers login` does, with a person who agrees to everything. Throws when it comes to nothing. */
  async login(): Promise<void> {
    const signal = AbortSignal.timeout(LOGIN_MS);
    await login(this.#config, {
      store: this.#store,
      listen: (port) => openCallback(port, { show: (url) => browse(url, signal) }),
      signal,
    });
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** A person reads that a login is needed; here it is seen where it is thrown. */
  #noticing(auth: RemoteAuth): RemoteAuth {
    const notice = async <T>(work: Promise<T>): Promise<T> => {
      try {
        return await work;
      } catch (error) {
        this.#loginNeeded ||= error instanceof LoginNeeded;
        throw error;
      }
    };
    return {
      token: () => notice(auth.token()),
      onUnauthorized: async (context) => notice(Promise.resolve(auth.onUnauthorized?.(context))),
      watching: (fetch) => {
        const watched = auth.watching(fetch);
        return (url, init) => notice(watched(url, init));
      },
    };
  }
}

/** Opens the page of the authorization server, which agrees at once and sends the browser on to the callback. */
function browse(url: URL, signal: AbortSignal): void {
  fetch(url, { signal }).catch((error: unknown) => console.error(`the browser saw no page: ${error}`));
}
