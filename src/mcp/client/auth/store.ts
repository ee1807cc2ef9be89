/**
 * Credentials in files, one for each server: for their owner's eyes only, and what is secret of them in the keychain of
 * the operating system where there is one. Processes take turns in changing one.
 */
import { chmodSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Clock, sleep, systemClock } from "../../../lib/clock.ts";
import { ConfigurationError } from "../../../lib/errors.ts";
import { ensurePrivateFolder, FileError, readTextFileIfAny, writePrivateFile } from "../../../lib/file.ts";
import type { Keychain } from "../../../lib/keychain.ts";
import { takeLock } from "../../../process/lock.ts";
import { type CredentialStore, type Credentials, noCredentials, type Secrets } from "./credentials.ts";
import { CredentialsUnavailable } from "./errors.ts";
import { asText, credentialsIn, secretsIn } from "./stored-form.ts";

export interface FileStoreOptions {
  folder: string;
  keychain?: Keychain;
  clock?: Clock;
}

const LARGEST_FILE_BYTES = 4 * 1024 * 1024;
/** Longer than a renewal may take. */
const LONGEST_TURN_MS = 40_000;
const POLL_MS = 20;

/** Keeps the credentials of each server in a file of this folder, which is made when something is written. */
export function fileStore(options: FileStoreOptions): CredentialStore {
  return new FileStore(options);
}

class FileStore implements CredentialStore {
  readonly #folder: string;
  readonly #keychain: Keychain | undefined;
  readonly #clock: Clock;
  /** What a keychain said last of a server, and the note that led there: it is asked once, not before each request. */
  readonly #told = new Map<string, { note: string; secrets: Secrets }>();

  constructor({ folder, keychain, clock = systemClock }: FileStoreOptions) {
    this.#folder = folder;
    this.#keychain = keychain;
    this.#clock = clock;
  }

  async read(server: string): Promise<Credentials> {
    const file = this.#fileOf(server);
    const text = attempt(() => readTextFileIfAny(file, LARGEST_FILE_BYTES));
    if (text === undefined) return noCredentials(server);
    keepPrivate(file);
    const stored = credentialsIn(text, server);
    if (!stored) throw new ConfigurationError(`${file}: is damaged`, "remove it, and log in again");
    if (stored.inKeychain === undefined) return stored.credentials;
    return { ...stored.credentials, ...(await this.#secretsOf(server, stored.inKeychain)) };
  }

  async write(credentials: Credentials): Promise<void> {
    const { issuers, ...open } = credentials;
    const { server, verifier: _, ...others } = open;
    if (Object.keys({ ...others, ...issuers }).length === 0) return this.#remove(server);
    const secrets: Secrets = { issuers };
    const note = crypto.randomUUID();
    const inKeychain = await this.#keychain?.set(server, JSON.stringify(secrets));
    if (inKeychain) this.#told.set(server, { note, secrets });
    else this.#told.delete(server);
    const text = asText(open, inKeychain ? { inKeychain: note } : secrets);
    attempt(() => writePrivateFile(this.#fileOf(server), text));
  }

  async exclusively<T>(server: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const release = await this.#turn(`${this.#fileOf(server)}.lock`, signal ?? new AbortController().signal);
    try {
      return await work();
    } finally {
      release();
    }
  }

  async #remove(server: string): Promise<void> {
    const file = this.#fileOf(server);
    this.#told.delete(server);
    try {
      await this.#keychain?.delete(server);
    } catch (error) {
      // The file that leads to what is left there stays, so that this can be done again.
      if (this.#leadsToKeychain(server)) throw unreadable(file, error);
    }
    rmSync(file, { force: true });
  }

  #leadsToKeychain(server: string): boolean {
    const text = attempt(() => readTextFileIfAny(this.#fileOf(server), LARGEST_FILE_BYTES));
    return text !== undefined && credentialsIn(text, server)?.inKeychain !== undefined;
  }

  async #turn(lock: string, signal: AbortSignal): Promise<() => void> {
    attempt(() => ensurePrivateFolder(this.#folder));
    const until = this.#clock.now() + LONGEST_TURN_MS;
    for (;;) {
      const attempted = attempt(() => takeLock(lock));
      if (attempted.kind === "taken") return attempted.release;
      if (this.#clock.now() > until) {
        throw heldBy(attempted.pid, lock);
      }
      await sleep(POLL_MS, signal, this.#clock);
    }
  }

  /** What a keychain has lost is told by the server, which asks for a login. */
  async #secretsOf(server: string, note: string): Promise<Secrets> {
    const known = this.#told.get(server);
    if (known?.note === note) return known.secrets;
    const text = await this.#inKeychain(server);
    const secrets = text === undefined ? undefined : secretsIn(text);
    if (secrets) this.#told.set(server, { note, secrets });
    return secrets ?? { issuers: {} };
  }

  /** One that cannot be read is not taken for empty: the next write would be without what is in it. */
  async #inKeychain(server: string): Promise<string | undefined> {
    if (!this.#keychain) throw unreadable(this.#fileOf(server));
    try {
      return await this.#keychain.get(server);
    } catch (error) {
      throw unreadable(this.#fileOf(server), error);
    }
  }

  #fileOf(server: string): string {
    const { hostname } = new URL(server);
    const hash = new Bun.CryptoHasher("sha256").update(server).digest("hex").slice(0, 16);
    return join(this.#folder, `${hostname.replace(/[^a-z0-9.-]/g, "_").slice(0, 80)}-${hash}.json`);
  }
}

/** A copy or a backup may have made it readable for others. What cannot be changed here is no reason to fail. */
function keepPrivate(file: string): void {
  try {
    if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
  } catch {
    // It is somebody else's, or gone by now.
  }
}

function unreadable(file: string, cause?: unknown): CredentialsUnavailable {
  const advice = `unlock it, or remove ${file} and log in again`;
  return new CredentialsUnavailable("the keychain that holds the login cannot be read or changed", advice, {
    cause,
  });
}

function heldBy(pid: number, lock: string): CredentialsUnavailable {
  // Our own work goes on, and is bounded.
  if (pid === process.pid) return new CredentialsUnavailable(`${lock}: held for too long`, "try again");
  return new CredentialsUnavailable(`${lock}: process ${pid} holds it`, "end that process, or remove it");
}

function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof FileError) throw new ConfigurationError(error.message);
    throw error;
  }
}
