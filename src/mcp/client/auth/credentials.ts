/** What we know of ourselves at one remote server: registrations, tokens, and where they came from. */
import type { OAuthClientProvider, OAuthDiscoveryState } from "@modelcontextprotocol/client";

export type ClientInformation = NonNullable<Awaited<ReturnType<OAuthClientProvider["clientInformation"]>>>;
export type Tokens = NonNullable<Awaited<ReturnType<OAuthClientProvider["tokens"]>>>;

/** What one authorization server gave us; none of it is ever shown to another one. */
export interface Issued {
  client?: ClientInformation;
  tokens?: Tokens;
  /** Milliseconds since the epoch at which the access token ends; absent where the server did not say. */
  expiresAt?: number;
}

/** What is secret of it, by issuer. */
export interface Secrets {
  issuers: Readonly<Record<string, Issued>>;
}

export interface Credentials extends Secrets {
  /** The address that all of this is for. */
  server: string;
  /** The issuer of the tokens in force. */
  issuer?: string;
  /** The authorization server of a client id that the configuration names: it is shown to no other. */
  boundTo?: string;
  discovery?: OAuthDiscoveryState;
  /** Of a login under way (PKCE); never stored. */
  verifier?: string;
  /** Scopes that the server has asked for since the last login, separated by spaces. */
  wanted?: string;
}

/** Where credentials are kept, by the address of the server. */
export interface CredentialStore {
  /** Throws ConfigurationError when they are damaged, and CredentialsUnavailable when they cannot be read now. */
  read(server: string): Promise<Credentials>;
  /** Only inside `exclusively`. Throws ConfigurationError when they cannot be written. */
  write(credentials: Credentials): Promise<void>;
  /**
   * Runs `work` while nobody else, here or in another process, is in `exclusively` for this server. Throws
   * CredentialsUnavailable when that does not come about in time.
   */
  exclusively<T>(server: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

export function noCredentials(server: string): Credentials {
  return { server, issuers: {} };
}

/** The address as the key of a store: what is after `#` never reaches a server. */
export function serverAddress(url: string): string {
  const address = new URL(url);
  address.hash = "";
  return address.href;
}

/** Changes what is kept of a server: the same object means that nothing is written. Throws what the store throws. */
export async function change(
  store: CredentialStore,
  server: string,
  make: (current: Credentials) => Credentials,
): Promise<void> {
  await store.exclusively(server, async () => {
    const current = await store.read(server);
    const next = make(current);
    if (next !== current) await store.write(next);
  });
}

/** The tokens in force. */
export function issuedNow({ issuer, issuers }: Credentials): Issued | undefined {
  if (issuer === undefined || !Object.hasOwn(issuers, issuer)) return undefined;
  return issuers[issuer];
}

/** The same, with something else known of one authorization server. */
export function withIssued(
  credentials: Credentials,
  issuer: string,
  update: (issued: Issued) => Issued,
): Credentials {
  const before = Object.hasOwn(credentials.issuers, issuer) ? (credentials.issuers[issuer] ?? {}) : {};
  return { ...credentials, issuers: { ...credentials.issuers, [issuer]: update(before) } };
}

/** The same without tokens, as they are of no use any more. */
export function withoutTokens(credentials: Credentials): Credentials {
  const { issuer, ...others } = credentials;
  if (issuer === undefined) return others;
  return withIssued(others, issuer, ({ client }) => (client ? { client } : {}));
}
