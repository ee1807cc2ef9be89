/**
 * Who we are to one remote server while we talk to it: the stored token, renewed when it ends or is refused. Nothing
 * here asks a person anything; where only a login helps, LoginNeeded says so.
 */
import type { FetchLike } from "@modelcontextprotocol/client";
import { type Clock, systemClock } from "../../../lib/clock.ts";
import { UserError } from "../../../lib/errors.ts";
import type { RemoteConfig } from "../config.ts";
import { RemoteFailure } from "../errors.ts";
import { type CredentialStore, change, type Issued, issuedNow, serverAddress } from "./credentials.ts";
import { CredentialsUnavailable, LoginNeeded, MoreRightsNeeded } from "./errors.ts";
import type { RemoteAuth } from "./port.ts";
import { renewal } from "./token-renewal.ts";

export interface ServerAuthOptions {
  store: CredentialStore;
  fetch?: FetchLike;
  clock?: Clock;
}

/** A token that ends within this, or within a tenth of its life, is renewed before it is used. */
const MARGIN_MS = 30_000;

/** Who we are to this server; what it throws is a RemoteFailure. */
export function createServerAuth(config: RemoteConfig, options: ServerAuthOptions): RemoteAuth {
  return new ServerAuth(config, options);
}

class ServerAuth implements RemoteAuth {
  readonly #config: RemoteConfig;
  readonly #options: ServerAuthOptions;
  readonly #server: string;
  readonly #clock: Clock;
  /** The token of the last request: another one in the store is newer. */
  #used: string | undefined;
  /** Renewals under way, by the token that they replace: all who need one wait for the same. */
  readonly #renewals = new Map<string, Promise<string>>();
  /** With which token an answer was got: by the time it is told to us, the last request may have had a newer one. */
  readonly #refused = new WeakMap<Response, string>();

  constructor(config: RemoteConfig, options: ServerAuthOptions) {
    this.#config = config;
    this.#options = options;
    this.#server = serverAddress(config.url);
    this.#clock = options.clock ?? systemClock;
  }

  async token(): Promise<string | undefined> {
    const issued = await readable(async () => issuedNow(await this.#options.store.read(this.#server)));
    const token = issued?.tokens?.access_token;
    const left = this.#leftOf(issued);
    this.#used = token !== undefined && left < marginOf(issued) ? await this.#renewed(token, left) : token;
    return this.#used;
  }

  /** The server has refused the token of the last request, or asks for one. */
  async onUnauthorized({ response }: { response: Response }): Promise<void> {
    const used = this.#refused.get(response) ?? this.#used;
    if (used === undefined) throw new LoginNeeded(this.#config.name);
    await this.#renewed(used, 0);
  }

  watching(fetch: FetchLike): FetchLike {
    return async (url, init) => {
      const response = await fetch(url, init);
      const token = tokenIn(init?.headers);
      if (response.status === 401 && token !== undefined) this.#refused.set(response, token);
      if (response.status !== 403) return response;
      const { extractWWWAuthenticateParams } = await import("@modelcontextprotocol/client");
      const { error, scope } = extractWWWAuthenticateParams(response);
      if (error !== "insufficient_scope") return response;
      await response.body?.cancel();
      // What cannot be remembered is asked for again, and is no reason to say something else of this request.
      await readable(() => this.#remember(scope)).catch(() => {});
      throw new MoreRightsNeeded(this.#config.name, scope);
    };
  }

  #leftOf(issued: Issued | undefined): number {
    return issued?.expiresAt === undefined ? Number.POSITIVE_INFINITY : issued.expiresAt - this.#clock.wall();
  }

  /** The token that takes the place of this one, which is good for `left` milliseconds. */
  async #renewed(token: string, left: number): Promise<string> {
    try {
      return await this.#renewal(token);
    } catch (error) {
      // Whoever cannot be reached now may be there before the token ends.
      if (left > 0 && error instanceof RemoteFailure && !error.permanent) return token;
      throw error;
    }
  }

  #renewal(token: string): Promise<string> {
    const underWay = this.#renewals.get(token);
    if (underWay) return underWay;
    const begun = readable(() => renewal(this.#config, token, this.#options)).finally(() =>
      this.#renewals.delete(token),
    );
    this.#renewals.set(token, begun);
    return begun;
  }

  /** The next login asks for these scopes as well. */
  async #remember(scope: string | undefined): Promise<void> {
    if (scope === undefined) return;
    const { computeScopeUnion } = await import("@modelcontextprotocol/client");
    await change(this.#options.store, this.#server, (current) => {
      const wanted = computeScopeUnion(current.wanted, scope);
      return wanted === undefined || wanted === current.wanted ? current : { ...current, wanted };
    });
  }
}

function tokenIn(headers: ConstructorParameters<typeof Headers>[0]): string | undefined {
  return /^Bearer (.+)$/.exec(new Headers(headers).get("authorization") ?? "")?.[1];
}

function marginOf(issued: Issued | undefined): number {
  const life = issued?.tokens?.expires_in;
  return life === undefined ? MARGIN_MS : Math.min(MARGIN_MS, life * 100);
}

/** A store that is damaged is no reason for another try; one that is held or locked may be free the next time. */
async function readable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { message, advice } = error;
    const permanent = !(error instanceof CredentialsUnavailable);
    throw new RemoteFailure(advice ? `${message}; ${advice}` : message, permanent, true, { cause: error });
  }
}
