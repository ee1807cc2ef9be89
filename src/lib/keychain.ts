/** The keychain of the operating system, where there is one that answers. */
import { type Clock, systemClock } from "./clock.ts";
import { orAborted, withDeadline } from "./deadline.ts";

/** Every operation ends within a few seconds, and rejects with the signal's reason once that aborts. */
export interface Keychain {
  /** Undefined when there is no such entry. Rejects when that cannot be told. */
  get(name: string, signal?: AbortSignal): Promise<string | undefined>;
  /** False when it was not kept. */
  set(name: string, value: string, signal?: AbortSignal): Promise<boolean>;
  /** There is no such entry any more. Rejects when that cannot be told. */
  delete(name: string, signal?: AbortSignal): Promise<void>;
}

const SERVICE = "mcpchat";
/** A keychain that is locked asks the person for its password first. */
const PATIENCE_MS = 5000;

export interface KeychainOptions {
  env: Readonly<Record<string, string | undefined>>;
  platform: NodeJS.Platform;
  secrets?: Pick<typeof Bun.secrets, "get" | "set" | "delete">;
  clock?: Clock;
}

/** Undefined where there is none. */
export function systemKeychain(options: KeychainOptions): Keychain | undefined {
  // Without a session bus nobody answers on Linux, and the library would try to start one.
  if (options.platform !== "darwin" && options.platform !== "win32" && !options.env.DBUS_SESSION_BUS_ADDRESS)
    return undefined;
  return new SystemKeychain(options);
}

class SystemKeychain implements Keychain {
  readonly #secrets: NonNullable<KeychainOptions["secrets"]>;
  readonly #clock: Clock;
  /** Once it did not answer in time, nobody waits for it a second time, until it has answered after all. */
  #silent = false;

  constructor({ secrets = Bun.secrets, clock = systemClock }: KeychainOptions) {
    this.#secrets = secrets;
    this.#clock = clock;
  }

  async get(name: string, signal?: AbortSignal): Promise<string | undefined> {
    return (await this.#bounded(() => this.#secrets.get({ service: SERVICE, name }), signal)) ?? undefined;
  }

  async set(name: string, value: string, signal?: AbortSignal): Promise<boolean> {
    try {
      return await this.#bounded(async () => {
        await this.#secrets.set({ service: SERVICE, name, value });
        // Some accept what they do not keep.
        return (await this.#secrets.get({ service: SERVICE, name })) === value;
      }, signal);
    } catch {
      signal?.throwIfAborted();
      // Locked, or too large for this one.
      return false;
    }
  }

  async delete(name: string, signal?: AbortSignal): Promise<void> {
    await this.#bounded(() => this.#secrets.delete({ service: SERVICE, name }), signal);
  }

  async #bounded<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const late = () => {
      this.#silent = true;
      return new Error("the keychain does not answer");
    };
    if (this.#silent) throw late();
    const working = work();
    const heard = () => {
      this.#silent = false;
    };
    working.then(heard, heard);
    const bounded = withDeadline(working, PATIENCE_MS, late, this.#clock);
    return signal ? orAborted(bounded, signal) : bounded;
  }
}
