/** One login at one remote server: where to, as whom, the question to the person, and the exchange for tokens. */
import type { AuthorizationServerMetadata, FetchLike, OAuthServerInfo } from "@modelcontextprotocol/client";
import { type Clock, systemClock } from "../../../lib/clock.ts";
import type { RemoteConfig } from "../config.ts";
import { boundedFetch } from "./bounded-fetch.ts";
import { type Challenge, challengeOf } from "./challenge.ts";
import {
  type ClientInformation,
  type CredentialStore,
  change,
  issuedNow,
  serverAddress,
} from "./credentials.ts";
import { LoginFailed } from "./errors.ts";
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
  close(): void;
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
  const limits = { server: config.url, ...pick(options) };
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
  constructor(
    private readonly config: RemoteConfig,
    private readonly options: LoginOptions,
    private readonly fetch: FetchLike,
  ) {
    this.#server = serverAddress(config.url);
  }

  async run(challenge: Challenge): Promise<LoginOutcome> {
    const { auth } = await import("@modelcontextprotocol/client");
    const info = await this.#discover(challenge);
    const issuer = info.authorizationServerMetadata?.issuer ?? info.authorizationServerUrl;
    const callback = await this.#listen(issuer);
    try {
      let asked: URL | undefined;
      const provider = this.#provider(callback, info, (url) => {
        asked = url;
      });
      const scope = await this.#scope(challenge, issuer);
      await auth(provider, {
        serverUrl: this.#server,
        forceReauthorization: true,
        fetchFn: this.fetch,
        ...(scope !== undefined && { scope }),
      });
      if (!asked) throw new Error("the SDK asked nobody");
      assertOpenable(asked);
      const answer = await callback.ask(asked, provider.expectedState, this.options.signal);
      await this.#exchange(provider, answer);
      return await this.#outcome(issuer);
    } finally {
      callback.close();
    }
  }

  /** What is known from earlier logins may be out of date, and is asked again. */
  async #discover({ resourceMetadataUrl }: Challenge): Promise<OAuthServerInfo> {
    const { discoverOAuthServerInfo } = await import("@modelcontextprotocol/client");
    const info = await discoverOAuthServerInfo(this.#server, {
      fetchFn: this.fetch,
      ...(resourceMetadataUrl && { resourceMetadataUrl }),
    });
    const where = resourceMetadataUrl ? { resourceMetadataUrl: resourceMetadataUrl.href } : {};
    await change(this.options.store, this.#server, (current) => ({
      ...current,
      discovery: { ...info, ...where },
    }));
    return info;
  }

  /** The port of an earlier registration, as many servers insist on the address that was registered. */
  async #listen(issuer: string): Promise<Callback> {
    const { store, listen } = this.options;
    const fixed = this.config.oauth.callbackPort;
    const client = issuedNow({ ...(await store.read(this.#server)), issuer })?.client;
    const registered = registeredPort(client);
    const callback = listen(fixed ?? registered) ?? (fixed === undefined ? listen(undefined) : undefined);
    if (!callback) {
      throw new LoginFailed(
        `port ${fixed} is in use, and the configuration wants the callback there`,
        "refused",
        "end what uses it, or change callback_port in the server's oauth table",
      );
    }
    const known = client && redirectsOf(client);
    if (known && !known.includes(callback.redirectUrl)) await this.#forgetClient(issuer);
    return callback;
  }

  /** It has to register again, under the new address. */
  #forgetClient(issuer: string): Promise<void> {
    return change(this.options.store, this.#server, (current) => {
      const { [issuer]: _, ...issuers } = current.issuers;
      return { ...current, issuers };
    });
  }

  #provider(callback: Callback, info: OAuthServerInfo, redirect: (url: URL) => void): LoginProvider {
    const { store, clock = systemClock } = this.options;
    const { redirectUrl } = callback;
    const authentication = authenticationFor(info.authorizationServerMetadata);
    return createAuthProvider(this.config, {
      store,
      clock,
      redirectUrl,
      authentication,
      interaction: { redirect },
    });
  }

  /** What the server asks for, with what it asked for later, and what was given already. */
  async #scope({ scope }: Challenge, issuer: string): Promise<string | undefined> {
    const { computeScopeUnion } = await import("@modelcontextprotocol/client");
    const credentials = await this.options.store.read(this.#server);
    const configured = this.config.oauth.scopes?.join(" ");
    if (credentials.wanted === undefined) return configured ?? scope;
    const given = issuedNow({ ...credentials, issuer })?.tokens?.scope;
    return computeScopeUnion(configured ?? scope, given, credentials.wanted);
  }

  /** `iss` is checked before anything else in the answer is believed. */
  async #exchange(provider: LoginProvider, answer: URLSearchParams): Promise<void> {
    const { StreamableHTTPClientTransport } = await import("@modelcontextprotocol/client");
    const transport = new StreamableHTTPClientTransport(new URL(this.#server), {
      authProvider: provider,
      fetch: refusingTokens(this.fetch),
    });
    await transport.finishAuth(answer);
  }

  async #outcome(issuer: string): Promise<LoginOutcome> {
    const { store } = this.options;
    await change(store, this.#server, ({ wanted: _, ...others }) => others);
    const scopes = issuedNow(await store.read(this.#server))?.tokens?.scope;
    return { kind: "logged_in", issuer, scopes };
  }
}

function pick({ fetch, clock, signal }: LoginOptions) {
  return { signal, ...(fetch && { fetch }), ...(clock && { clock }) };
}

/** A browser opens other things than pages. */
function assertOpenable({ protocol }: URL): void {
  if (protocol === "https:" || protocol === "http:") return;
  throw new LoginFailed(`its authorization server names an address of another kind (${protocol})`, "refused");
}

/** A program on a person's machine keeps no secret; a server that does not believe that gets one that it made itself. */
function authenticationFor(
  metadata: AuthorizationServerMetadata | undefined,
): NonNullable<ProviderOptions["authentication"]> {
  const offered = metadata?.token_endpoint_auth_methods_supported ?? ["none"];
  const known = ["none", "client_secret_basic", "client_secret_post"] as const;
  return known.find((method) => offered.includes(method)) ?? "none";
}

function redirectsOf(client: ClientInformation): readonly string[] | undefined {
  return "redirect_uris" in client ? client.redirect_uris.map(String) : undefined;
}

function registeredPort(client: ClientInformation | undefined): number | undefined {
  const [first] = (client && redirectsOf(client)) ?? [];
  if (first === undefined || !URL.canParse(first)) return undefined;
  return Number(new URL(first).port) || undefined;
}
