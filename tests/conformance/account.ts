/** Who mcpchat is to the server of a scenario: its own credentials and login, and a person with a browser. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LoginNeeded } from "../../src/mcp/client/auth/errors.ts";
import { type Callback, login } from "../../src/mcp/client/auth/login.ts";
import { createServerAuth } from "../../src/mcp/client/auth/server-auth.ts";
import { fileStore } from "../../src/mcp/client/auth/store.ts";
import type { RemoteConfig } from "../../src/mcp/client/config.ts";
import type { RemoteAuth } from "../../src/mcp/client/remote/auth-port.ts";

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
    await login(this.#config, {
      store: this.#store,
      listen: agreeingPerson,
      signal: AbortSignal.timeout(LOGIN_MS),
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

function agreeingPerson(): Callback {
  return {
    redirectUrl: "http://127.0.0.1:49152/callback",
    async ask(url) {
      const response = await fetch(url, { redirect: "manual" });
      return new URL(response.headers.get("location") ?? "").searchParams;
    },
    close() {},
  };
}
