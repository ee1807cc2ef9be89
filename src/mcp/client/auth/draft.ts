/** What a login has come to so far: the store hears of it once it is done, so that one that fails changes nothing. */
import {
  type CredentialStore,
  type Credentials,
  change,
  issuedNow,
  noCredentials,
  withIssued,
} from "./credentials.ts";

export class Draft implements CredentialStore {
  readonly #store: CredentialStore;
  readonly #server: string;
  #credentials: Credentials;

  constructor(store: CredentialStore, server: string) {
    this.#store = store;
    this.#server = server;
    this.#credentials = noCredentials(server);
  }

  /** Begins with what is kept. */
  async begin(): Promise<void> {
    this.#credentials = await this.#store.read(this.#server);
  }

  async read(): Promise<Credentials> {
    return this.#credentials;
  }

  async write(credentials: Credentials): Promise<void> {
    this.#credentials = credentials;
  }

  exclusively<T>(_server: string, work: () => Promise<T>): Promise<T> {
    return work();
  }

  /** This much is kept of a login that came to nothing: a registration that is of no use is gone. */
  forgetClient(issuer: string): Promise<void> {
    return change(this.#store, this.#server, (current) => {
      if (!issuedNow({ ...current, issuer })?.client) return current;
      return withIssued(current, issuer, ({ client: _, ...issued }) => issued);
    });
  }

  /** What was wanted before has been asked for. */
  async keep(): Promise<Credentials> {
    const { wanted: _, verifier: __, ...kept } = this.#credentials;
    await change(this.#store, this.#server, () => kept);
    return kept;
  }
}
