/** The SDK's OAuth client for one login at one server: it keeps what it is given, and never opens anything itself. */
import type {
  OAuthClientInformationContext,
  OAuthClientMetadata,
  OAuthClientProvider,
  OAuthDiscoveryState,
} from "@modelcontextprotocol/client";
import { type Clock, systemClock } from "../../../lib/clock.ts";
import type { RemoteConfig } from "../config.ts";
import {
  type ClientInformation,
  type CredentialStore,
  type Credentials,
  change,
  issuedNow,
  serverAddress,
  type Tokens,
  withIssued,
  withoutTokens,
} from "./credentials.ts";
import { LoginFailed } from "./errors.ts";

export interface ProviderOptions {
  store: CredentialStore;
  /** Hears where the person decides. */
  interaction: { redirect(url: URL): void };
  /** Where the answer arrives. */
  redirectUrl: string;
  /** How a client that registers itself is to prove who it is. */
  authentication?: "none" | "client_secret_basic" | "client_secret_post";
  clock?: Clock;
}

/** `state` is what the answer to this login has to carry. */
export type LoginProvider = OAuthClientProvider & { readonly expectedState: string };

/** The provider for one login: its `state` is good for one answer. */
export function createAuthProvider(config: RemoteConfig, options: ProviderOptions): LoginProvider {
  return new Provider(config, options);
}

class Provider implements LoginProvider {
  /** 256 random bits. */
  readonly expectedState = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
  readonly redirectUrl: string;
  readonly clientMetadata: OAuthClientMetadata;
  declare readonly clientMetadataUrl?: string;
  readonly #config: RemoteConfig;
  readonly #store: CredentialStore;
  readonly #server: string;
  readonly #clock: Clock;
  readonly #interaction: ProviderOptions["interaction"];

  constructor(config: RemoteConfig, options: ProviderOptions) {
    const { store, redirectUrl, interaction, authentication = "none", clock = systemClock } = options;
    this.#config = config;
    this.#store = store;
    this.#server = serverAddress(config.url);
    this.#clock = clock;
    this.#interaction = interaction;
    this.redirectUrl = redirectUrl;
    if (config.oauth.clientMetadataUrl !== undefined) this.clientMetadataUrl = config.oauth.clientMetadataUrl;
    this.clientMetadata = {
      client_name: "mcpchat",
      redirect_uris: [redirectUrl],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: authentication,
    };
  }

  state(): string {
    return this.expectedState;
  }

  async clientInformation(context?: OAuthClientInformationContext): Promise<ClientInformation | undefined> {
    const credentials = await this.#store.read(this.#server);
    const issuer = context?.issuer ?? credentials.issuer;
    if (issuer === undefined) return undefined;
    const configured = configuredClient(this.#config, issuer);
    if (!configured) return issuedNow({ ...credentials, issuer })?.client;
    await this.#bind(credentials, issuer);
    return configured;
  }

  async saveClientInformation(client: ClientInformation, context?: OAuthClientInformationContext) {
    const issuer = context?.issuer ?? client.issuer;
    if (issuer === undefined || this.#config.oauth.clientId !== undefined) return;
    await this.#change((current) => withIssued(current, issuer, (issued) => ({ ...issued, client })));
  }

  async tokens(context?: OAuthClientInformationContext): Promise<Tokens | undefined> {
    const credentials = await this.#store.read(this.#server);
    return issuedNow(context ? { ...credentials, issuer: context.issuer } : credentials)?.tokens;
  }

  async saveTokens(tokens: Tokens, context?: OAuthClientInformationContext): Promise<void> {
    const issuer = context?.issuer ?? tokens.issuer;
    if (issuer === undefined) throw new Error("tokens without an issuer");
    await this.#change((current) => keepTokens(current, issuer, tokens, this.#clock));
  }

  redirectToAuthorization(url: URL): void {
    this.#interaction.redirect(url);
  }

  async saveCodeVerifier(verifier: string): Promise<void> {
    await this.#change((current) => ({ ...current, verifier }));
  }

  async codeVerifier(): Promise<string> {
    const { verifier } = await this.#store.read(this.#server);
    if (verifier !== undefined) return verifier;
    throw new LoginFailed("the login was not begun here", "refused", "begin again");
  }

  async saveDiscoveryState(discovery: OAuthDiscoveryState): Promise<void> {
    await this.#change((current) => ({ ...current, discovery }));
  }

  async discoveryState(): Promise<OAuthDiscoveryState | undefined> {
    return (await this.#store.read(this.#server)).discovery;
  }

  async invalidateCredentials(scope: "all" | "client" | "tokens" | "verifier" | "discovery"): Promise<void> {
    await this.#change((current) => forget(current, scope));
  }

  /** The secret of a client id from the configuration is for the authorization server that it was first used with. */
  async #bind({ boundTo }: Credentials, issuer: string): Promise<void> {
    if (boundTo === issuer) return;
    if (boundTo === undefined) return this.#change((current) => ({ ...current, boundTo: issuer }));
    throw new LoginFailed(
      `its authorization server was ${boundTo} and is now ${issuer}: refused`,
      "refused",
      `if that is right, run mcpchat servers logout ${this.#config.name} and log in again`,
    );
  }

  #change(make: (current: Credentials) => Credentials): Promise<void> {
    return change(this.#store, this.#server, make);
  }
}

/** The client that the configuration names, as the one of this authorization server. */
export function configuredClient({ oauth }: RemoteConfig, issuer: string): ClientInformation | undefined {
  if (oauth.clientId === undefined) return undefined;
  const secret = oauth.clientSecret === undefined ? {} : { client_secret: oauth.clientSecret };
  return { client_id: oauth.clientId, ...secret, issuer };
}

/** The same with new tokens in force; those of other authorization servers are of no use any more. */
export function keepTokens(current: Credentials, issuer: string, tokens: Tokens, clock: Clock): Credentials {
  const expiresAt =
    tokens.expires_in === undefined ? {} : { expiresAt: clock.wall() + tokens.expires_in * 1000 };
  const { verifier: _, ...others } = withoutTokens(current);
  const kept = withIssued(others, issuer, ({ client }) => ({
    ...(client && { client }),
    tokens,
    ...expiresAt,
  }));
  return { ...kept, issuer };
}

function forget(
  current: Credentials,
  scope: "all" | "client" | "tokens" | "verifier" | "discovery",
): Credentials {
  const { verifier, discovery, ...others } = current;
  const kept = { ...(verifier !== undefined && { verifier }), ...(discovery && { discovery }) };
  if (scope === "verifier") return { ...others, ...(discovery && { discovery }) };
  if (scope === "discovery") return { ...others, ...(verifier !== undefined && { verifier }) };
  if (scope === "tokens") return { ...withoutTokens(others), ...kept };
  if (scope === "client") return { ...others, ...kept, issuers: {} };
  return { server: current.server, issuers: {} };
}
