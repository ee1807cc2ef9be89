/**
 * Keys of providers that mcpchat keeps itself: in the keychain of the operating system where there is one, else in a
 * file for its owner's eyes only. The file says in either case whose keys there are, so that nobody asks a keychain for
 * what it does not have; and where each is, so that the one that was written last is the one that is read, whatever a
 * keychain that was away meanwhile still has.
 */
import { chmodSync, rmSync, statSync } from "node:fs";
import { ConfigurationError } from "../lib/errors.ts";
import { fileErrorFrom, readTextFileIfAny, writePrivateFile } from "../lib/file.ts";
import type { Keychain } from "../lib/keychain.ts";
import { exclusively } from "./exclusive.ts";
import { keysIn, keysText, type StoredKey } from "./keys-form.ts";
import { orConfigurationError } from "./problem.ts";

export type KeyPlace = "keychain" | "file";

/** Throws ConfigurationError wherever the file, or the keychain, cannot be read or changed. */
export interface Keys {
  /** Where the key of each provider is. The keychain is not asked. */
  places(): ReadonlyMap<string, KeyPlace>;
  /** A keychain is asked once, until the file changes. Rejects with the signal's reason too. */
  read(provider: string, signal?: AbortSignal): Promise<string | undefined>;
  /** Returns where it is now; two processes take turns. */
  write(provider: string, key: string, signal: AbortSignal): Promise<KeyPlace>;
  /** Where it was; undefined when there was none. */
  remove(provider: string, signal: AbortSignal): Promise<KeyPlace | undefined>;
}

export interface KeysOptions {
  file: string;
  keychain?: Keychain | undefined;
  /** Told when others could read the file, which they cannot any more, and of an older key that could not be removed. */
  warn?: (line: string) => void;
  platform?: NodeJS.Platform;
}

type Table = ReadonlyMap<string, StoredKey>;

const LARGEST_FILE_BYTES = 1024 * 1024;

/** The file is made when a key is written. */
export function openKeys(options: KeysOptions): Keys {
  return new StoredKeys(options);
}

class StoredKeys implements Keys {
  readonly #options: KeysOptions;
  /** What the keychain has said, and of which file. */
  readonly #told = new Map<string, { key: string; stamp: string }>();

  constructor(options: KeysOptions) {
    this.#options = options;
  }

  places(): ReadonlyMap<string, KeyPlace> {
    return new Map([...this.#table()].map(([provider, stored]) => [provider, placeOf(stored)]));
  }

  async read(provider: string, signal?: AbortSignal): Promise<string | undefined> {
    // First: what changes between the two looks is read again the next time.
    const stamp = stampOf(this.#options.file);
    const stored = this.#table().get(provider);
    if (stored === undefined || "key" in stored) return stored?.key;
    const told = this.#told.get(provider);
    if (told?.stamp === stamp) return told.key;
    const { keychain } = this.#options;
    const ask = async () => keychain?.get(nameOf(provider), signal);
    const key = await this.#orUnreadable(provider, ask, signal);
    if (key === undefined) throw lost(provider, keychain !== undefined);
    this.#told.set(provider, { key, stamp });
    return key;
  }

  write(provider: string, key: string, signal: AbortSignal): Promise<KeyPlace> {
    return this.#change(signal, async (table) => {
      const save = (stored: StoredKey) => this.#save(new Map([...table, [provider, stored]]));
      const kept = (await this.#options.keychain?.set(nameOf(provider), key, signal)) ?? false;
      if (kept) save({ inKeychain: true });
      else if (!mayBeInKeychain(table.get(provider))) save({ key });
      else {
        // An older one there is of no use to anybody; while it is out of reach, it is not forgotten that it is there.
        save({ key, olderInKeychain: true });
        if (await this.#forgets(provider, signal)) save({ key });
      }
      return kept ? "keychain" : "file";
    });
  }

  remove(provider: string, signal: AbortSignal): Promise<KeyPlace | undefined> {
    return this.#change(signal, async (table) => {
      const stored = table.get(provider);
      if (stored === undefined) return undefined;
      // First, so that this can be done again when the keychain says no, or is elsewhere.
      if ("inKeychain" in stored)
        await this.#orUnreadable(provider, () => this.#forget(provider, signal), signal);
      else if (stored.olderInKeychain && !(await this.#forgets(provider, signal)))
        this.#options.warn?.(olderStays(provider));
      this.#save(new Map([...table].filter(([name]) => name !== provider)));
      return placeOf(stored);
    });
  }

  async #forget(provider: string, signal: AbortSignal): Promise<void> {
    if (!this.#options.keychain) throw new Error("there is no keychain here");
    await this.#options.keychain.delete(nameOf(provider), signal);
  }

  /** False when the keychain may still have it. */
  #forgets(provider: string, signal: AbortSignal): Promise<boolean> {
    return this.#forget(provider, signal).then(
      () => true,
      () => false,
    );
  }

  #change<T>(signal: AbortSignal, work: (table: Table) => Promise<T>): Promise<T> {
    return exclusively(this.#options.file, signal, () => work(this.#table()));
  }

  #table(): Table {
    const { file } = this.#options;
    const text = orConfigurationError(() => readTextFileIfAny(file, LARGEST_FILE_BYTES));
    if (text === undefined) return new Map();
    this.#keepPrivate();
    const table = keysIn(text);
    if (table) return table;
    throw new ConfigurationError(`${file}: is damaged`, "remove it, and set the keys again");
  }

  #save(table: Table): void {
    const { file } = this.#options;
    if (table.size === 0) rmSync(file, { force: true });
    else orConfigurationError(() => writePrivateFile(file, keysText(table)));
  }

  /** A copy or a backup may have made it readable for others. */
  #keepPrivate(): void {
    const { file, warn, platform = process.platform } = this.#options;
    // Another process may have removed it meanwhile, with its last key.
    const status = statSync(file, { throwIfNoEntry: false });
    if (platform === "win32" || status === undefined || (status.mode & 0o077) === 0) return;
    try {
      chmodSync(file, 0o600);
    } catch (error) {
      if (fileErrorFrom(file, error).problem === "missing") return;
      throw new ConfigurationError(
        `${file}: others can read it, and it is not yours to change`,
        "remove it",
        {
          cause: error,
        },
      );
    }
    warn?.(`${file} could be read by others, and no longer can; if they had a look, get new keys`);
  }

  async #orUnreadable<T>(provider: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      throw new ConfigurationError(
        `the keychain that holds the key of ${provider} cannot be read or changed`,
        `unlock it, and try again; or remove ${this.#options.file} and set the keys again`,
        { cause: error },
      );
    }
  }
}

function placeOf(stored: StoredKey): KeyPlace {
  return "key" in stored ? "file" : "keychain";
}

/** Logins to servers are kept there by their addresses, of which this is none. */
function nameOf(provider: string): string {
  return `key of ${provider}`;
}

function mayBeInKeychain(stored: StoredKey | undefined): boolean {
  if (stored === undefined) return false;
  return "inKeychain" in stored || stored.olderInKeychain === true;
}

/** Another one whenever the file was replaced, also by one that says the same. */
function stampOf(file: string): string {
  try {
    const { ino, mtimeNs, size } = statSync(file, { bigint: true });
    return `${ino} ${mtimeNs} ${size}`;
  } catch {
    // Who reads it says what is wrong with it.
    return "";
  }
}

function olderStays(provider: string): string {
  const entry = `the entry "${nameOf(provider)}" of mcpchat`;
  return `an older key of ${provider} may still be in the keychain, which does not answer; remove ${entry} there`;
}

function lost(provider: string, hasKeychain: boolean): ConfigurationError {
  const what = hasKeychain ? "is not in the keychain any more" : "is in a keychain that is not there";
  return new ConfigurationError(
    `the key of ${provider} ${what}`,
    `set it again: mcpchat keys set ${provider}`,
  );
}
