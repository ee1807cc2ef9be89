/** The keychain of the operating system, where there is one that answers. */
import { type Clock, systemClock } from "../../../lib/clock.ts";
import { withDeadline } from "../../../lib/deadline.ts";

/** Every operation ends within a few seconds; a keychain that fails, or asks nobody, is not there. */
export interface Keychain {
  get(name: string): Promise<string | undefined>;
  /** False when it was not kept. */
  set(name: string, value: string): Promise<boolean>;
  delete(name: string): Promise<void>;
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
  /** One failure is enough: nobody waits for it a second time. */
  #failed = false;

  constructor({ secrets = Bun.secrets, clock = systemClock }: KeychainOptions) {
    this.#secrets = secrets;
    this.#clock = clock;
  }

  async get(name: string): Promise<string | undefined> {
    return (await this.#try(() => this.#secrets.get({ service: SERVICE, name }))) ?? undefined;
  }

  async set(name: string, value: string): Promise<boolean> {
    const kept = await this.#try(async () => {
      await this.#secrets.set({ service: SERVICE, name, value });
      // Some accept what they do not keep.
      return (await this.#secrets.get({ service: SERVICE, name })) === value;
    });
    return kept ?? false;
  }

  async delete(name: string): Promise<void> {
    await this.#try(() => this.#secrets.delete({ service: SERVICE, name }));
  }

  async #try<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (this.#failed) return undefined;
    try {
      return await withDeadline(work(), PATIENCE_MS, () => new Error("no answer"), this.#clock);
    } catch {
      this.#failed = true;
      return undefined;
    }
  }
}
