/**
 * Credentials in files, one for each server: for their owner's eyes only, and what is secret of them in the keychain of
 * the operating system where there is one. Processes take turns in changing one.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { type Clock, sleep, systemClock } from "../../../lib/clock.ts";
import { ConfigurationError } from "../../../lib/errors.ts";
import { ensurePrivateFolder, FileError, readTextFileIfAny, writePrivateFile } from "../../../lib/file.ts";
import { takeLock } from "../../../process/lock.ts";
import { type CredentialStore, type Credentials, noCredentials, type Secrets } from "./credentials.ts";
import type { Keychain } from "./keychain.ts";
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

export function fileStore(options: FileStoreOptions): CredentialStore {
  return new FileStore(options);
}

class FileStore implements CredentialStore {
  readonly #folder: string;
  readonly #keychain: Keychain | undefined;
  readonly #clock: Clock;
  /** What a keychain said, by the note that led there: it is asked once, not before each request. */
  readonly #told = new Map<string, Secrets>();

  constructor({ folder, keychain, clock = systemClock }: FileStoreOptions) {
    this.#folder = folder;
    this.#keychain = keychain;
    this.#clock = clock;
  }

  async read(server: string): Promise<Credentials> {
    const file = this.#fileOf(server);
    const text = attempt(() => readTextFileIfAny(file, LARGEST_FILE_BYTES));
    if (text === undefined) return noCredentials(server);
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
    if (inKeychain) this.#told.set(note, secrets);
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
    await this.#keychain?.delete(server);
    rmSync(this.#fileOf(server), { force: true });
  }

  async #turn(lock: string, signal: AbortSignal): Promise<() => void> {
    attempt(() => ensurePrivateFolder(this.#folder));
    const until = this.#clock.now() + LONGEST_TURN_MS;
    for (;;) {
      const attempted = attempt(() => takeLock(lock));
      if (attempted.kind === "taken") return attempted.release;
      if (this.#clock.now() > until) {
        throw new ConfigurationError(
          `${lock}: process ${attempted.pid} holds it`,
          "end that process, or remove it",
        );
      }
      await sleep(POLL_MS, signal, this.#clock);
    }
  }

  /** A keychain that does not answer is told by the server, which asks for a login. */
  async #secretsOf(server: string, note: string): Promise<Secrets> {
    const known = this.#told.get(note);
    if (known) return known;
    const text = await this.#keychain?.get(server);
    const secrets = text === undefined ? undefined : secretsIn(text);
    if (secrets) this.#told.set(note, secrets);
    return secrets ?? { issuers: {} };
  }

  #fileOf(server: string): string {
    const { hostname } = new URL(server);
    const hash = new Bun.CryptoHasher("sha256").update(server).digest("hex").slice(0, 16);
    return join(this.#folder, `${hostname.replace(/[^a-z0-9.-]/g, "_").slice(0, 80)}-${hash}.json`);
  }
}

function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof FileError) throw new ConfigurationError(error.message);
    throw error;
  }
}
