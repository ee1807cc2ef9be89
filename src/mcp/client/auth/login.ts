/** One login at one remote server: where to, as whom, the question to the person, and the exchange for tokens. */
import type { AuthorizationServerMetadata, FetchLike, OAuthServerInfo } from "@modelcontextprotocol/client";
import { type Clock, systemClock } from "../../../lib/clock.ts";
import type { RemoteConfig } from "../config.ts";
import { oneLine } from "../text.ts";
import { boundedFetch, isSafe } from "./bounded-fetch.ts";
import { type Challenge, challengeOf } from "./challenge.ts";
import {
  type ClientInformation,
  type CredentialStore,
  issuedNow,
  serverAddress,
  withIssued,
} from "./credentials.ts";
import { Draft } from "./draft.ts";
import { isAboutClient, LoginFailed, TokenRefused } from "./errors.ts";
import { loginFailure, refusingTokens } from "./failures.ts";
import { createAuthProvider, type LoginProvider, type ProviderOptions } from "./provider.ts";

/** Where the answer of the authorization server arrives. */
export interface Callback {
  readonly redirectUrl: string;
  /**
   * Shows the person where to decide; resolves with the parameters of the answer that carries `state`. Rejects with
   * LoginFailed when none comes in time, and with the signal's reason.
   */
  ask(url: URL, state: string, signal: AbortSignal): Promise<URLSearchParams>;
  /** Resolves once nothing of it is left; never rejects. */
  close(): void | Promise<void>;
}

export interface LoginOptions {
  store: CredentialStore;
  /** Opens the way for the answer on this port of the loopback, or on any one: undefined when the port is taken. */
  listen(port: number | undefined): Callback | undefined;
  signal: AbortSignal;
  fetch?: FetchLike;
  clock?: Clock;
}

/** `not_needed`: the server lets everybody in. */
export type LoginOutcome =
  | { kind: "logged_in"; issuer: string; scopes: string | undefined }
  | { kind: "not_needed" };

/** Logs in. Throws LoginFailed, ConfigurationError, or the signal's reason. */
export async function login(config: RemoteConfig, options: LoginOptions): Promise<LoginOutcome> {
  const limits = { server: config.url, headers: config.headers, ...pick(options) };
  const bounded = boundedFetch(limits);
  try {
    const challenge = await challengeOf(config, boundedFetch({ ...limits, headersOnly: true }), bounded);
    if (!challenge) return { kind: "not_needed" };
    return await new Login(config, options, bounded).run(challenge);
  } catch (error) {
    options.signal.throwIfAborted();
    throw await loginFailure(error);
  }
}

class Login {
  readonly #server: string;
  readonly #draft: Draft;
  constructor(
    private readonly config: RemoteConfig,
    private readonly options: LoginOptions,
    private readonly fetch: FetchLike,
  ) {
    this.#server = serverAddress(config.url);
    this.#draft = new Draft(options.store, this.#server);
  }

  async run(challenge: Challenge): Promise<LoginOutcome> {
    await this.#draft.begin();
    const info = await this.#discover(challenge);
    const issuer = info.authorizationServerMetadata?.issuer ?? info.authorizationServerUrl;
    const scope = await this.#scope(challenge, issuer);
    const callback = await this.#listen(issuer);
    try {
      await this.#keepFittingClient(issuer, callback.redirectUrl, scope);
      await this.#ask(callback, info, scope);
    } catch (error) {
      // It has forgotten whom it registered: the next login begins without that.
      if (error instanceof TokenRefused && isAboutClient(error)) await this.#draft.forgetClient(issuer);
      throw error;
    } finally {
      await callback.close();
    }
    const { tokens } = issuedNow(await this.#draft.keep()) ?? {};
    return { kind: "logged_in", issuer, scopes: tokens?.scope ?? scope };
  }

  /** What is known from earlier logins may be out of date, and is asked again. */
  async #discover({ resourceMetadataUrl }: Challenge): Promise<OAuthServerInfo> {
    const { discoverOAuthServerInfo } = await import("@modelcontextprotocol/client");
    const info = await discoverOAuthServerInfo(this.#server, {
      fetchFn: this.fetch,
      ...(resourceMetadataUrl && { resourceMetadataUrl }),
    });
    const where = resourceMetadataUrl ? { resourceMetadataUrl: resourceMetadataUrl.href } : {};
    const current = await this.#draft.read();
    await this.#draft.write({ ...current, discovery: { ...info, ...where } });
    return info;
  }

  /** What the server asks for; if it asked for more later, that as well, with what was given already. */
  async #scope({ scope }: Challenge, issuer: string): Promise<string | undefined> {
    const { computeScopeUnion } = await import("@modelcontextprotocol/client");
    const credentials = await this.#draft.read();
    const asked = this.config.oauth.scopes?.join(" ") ?? scope;
    if (credentials.wanted === undefined) return asked;
    const given = issuedNow({ ...credentials, issuer })?.tokens?.scope;
    return computeScopeUnion(asked, given, credentials.wanted);
  }

  /** The port of an earlier registration, as many servers insist on the address that was registered. */
  async #listen(issuer: string): Promise<Callback> {
    const { listen } = this.options;
    const fixed = this.config.oauth.callbackPort;
    if (fixed === undefined) {
      const registered = registeredPort(issuedNow({ ...(await this.#draft.read()), issuer })?.client);
      const callback = listen(registered) ?? listen(undefined);
      if (callback) return callback;
    }
    const callback = listen(fixed);
    if (callback) return callback;
    throw new LoginFailed(
      `port ${fixed} is in use, and the configuration wants the callback there`,
      "refused",
      "end what uses it, or change callback_port in the server's oauth table",
    );
  }

  /** A registration for another address, or for fewer rights, is of no use: it is made again. */
  async #keepFittingClient(issuer: string, redirectUrl: string, scope: string | undefined): Promise<void> {
    const { isStrictScopeSuperset } = await import("@modelcontextprotocol/client");
    const current = await this.#draft.read();
    const client = issuedNow({ ...current, issuer })?.client;
    const redirects = client && redirectsOf(client);
    if (!client || !redirects) return;
    if (hasExpired(client, this.options.clock ?? systemClock)) return this.#forgetClient(issuer);
    const covers = !("scope" in client && client.scope) || !isStrictScopeSuperset(scope, client.scope);
    if (covers && redirects.includes(redirectUrl)) return;
    await this.#forgetClient(issuer);
  }

  async #forgetClient(issuer: string): Promise<void> {
    const current = await this.#draft.read();
    await this.#draft.write(withIssued(current, issuer, ({ client: _, ...issued }) => issued));
  }

  async #ask(callback: Callback, info: OAuthServerInfo, scope: string | undefined): Promise<void> {
    const { auth } = await import("@modelcontextprotocol/client");
    let asked: URL | undefined;
    const provider = this.#provider(callback, info, (url) => {
      asked = url;
    });
    await auth(provider, {
      serverUrl: this.#server,
      forceReauthorization: true,
      fetchFn: this.fetch,
      ...(scope !== undefined && { scope }),
    });
    if (!asked) throw new Error("the SDK asked nobody");
    assertOpenable(asked, this.#server);
    const answer = await callback.ask(asked, provider.expectedState, this.options.signal);
    await this.#exchange(provider, answer);
  }

  #provider(callback: Callback, info: OAuthServerInfo, redirect: (url: URL) => void): LoginProvider {
    const { clock = systemClock } = this.options;
    return createAuthProvider(this.config, {
      store: this.#draft,
      clock,
      redirectUrl: callback.redirectUrl,
      authentication: authenticationFor(info.authorizationServerMetadata),
      interaction: { redirect },
    });
  }

  /** `state` shows that the answer is to our question; `iss` is checked before anything else in it is believed. */
  async #exchange(provider: LoginProvider, answer: URLSearchParams): Promise<void> {
    if (answer.get("state") !== provider.expectedState) {
      throw new LoginFailed("the answer is not to this login: refused", "refused", "try again");
    }
    const { StreamableHTTPClientTransport } = await import("@modelcontextprotocol/client");
    const transport = new StreamableHTTPClientTransport(new URL(this.#server), {
      authProvider: provider,
      fetch: refusingTokens(this.fetch),
    });
    await transport.finishAuth(answer);
  }
}

function pick({ fetch, clock, signal }: LoginOptions) {
  return { signal, ...(fetch && { fetch }), ...(clock && { clock }) };
}

/** A browser opens other things than pages, and a code must not be read on its way. */
function assertOpenable(address: URL, server: string): void {
  if (isSafe(address, server)) return;
  const where = `${address.protocol}//${address.host}`;
  throw new LoginFailed(`the login would be at ${oneLine(where)}, which is not https: refused`, "refused");
}

/** A program on a person's machine keeps no secret; a server that does not believe that gets one that it made itself. */
function authenticationFor(
  metadata: AuthorizationServerMetadata | undefined,
): NonNullable<ProviderOptions["authentication"]> {
  const offered = metadata?.token_endpoint_auth_methods_supported ?? ["none"];
  const known = ["none", "client_secret_basic", "client_secret_post"] as const;
  return known.find((method) => offered.includes(method)) ?? "none";
}

function hasExpired(client: ClientInformation, clock: Clock): boolean {
  const seconds = "client_secret_expires_at" in client ? (client.client_secret_expires_at ?? 0) : 0;
  return seconds !== 0 && seconds * 1000 < clock.wall();
}

function redirectsOf(client: ClientInformation): readonly string[] | undefined {
  return "redirect_uris" in client ? client.redirect_uris.map(String) : undefined;
}

function registeredPort(client: ClientInformation | undefined): number | undefined {
  const [first] = (client && redirectsOf(client)) ?? [];
  if (first === undefined || !URL.canParse(first)) return undefined;
  return Number(new URL(first).port) || undefined;
}
