/** Keys of providers that the user has mcpchat keep, for who asks a model. */
import { type Keys, openKeys } from "../config/keys.ts";
import type { Environment, Paths } from "../config/paths.ts";
import { systemKeychain } from "../lib/keychain.ts";
import type { Notify } from "../lib/notice.ts";
import { entryOf } from "../llm/fields.ts";
import { PRESETS } from "../llm/presets.ts";
import { findKey, type ProviderSettings } from "../llm/settings.ts";

export interface KeysPlace {
  paths: Pick<Paths, "keysFile">;
  env: Environment;
  notify?: Notify;
}

/** Nothing is opened before it is asked for something. */
export function providerKeys({ paths, env, notify }: KeysPlace): Keys {
  const keychain = systemKeychain({ env, platform: process.platform });
  return openKeys({ file: paths.keysFile, keychain, warn: (line) => notify?.("warn", line) });
}

export interface StoredKeys {
  /** Whether one is kept for the provider. Throws ConfigurationError. */
  has(provider: string): boolean;
  /**
   * The settings with the key that is kept for their provider, if neither they nor the environment have one: a
   * keychain takes its time, and is asked once. A project's address gets none. Throws ConfigurationError, and the
   * signal's reason.
   */
  fill(settings: ProviderSettings, signal: AbortSignal): Promise<ProviderSettings>;
}

export function storedKeys(place: KeysPlace, keys: Keys = providerKeys(place)): StoredKeys {
  return {
    has: (provider) => keys.places().has(provider),
    async fill(settings, signal) {
      const { name, ownKeyOnly, problem } = settings;
      if (ownKeyOnly || problem !== undefined) return settings;
      if (findKey(settings, entryOf(PRESETS, name), place.env) !== undefined) return settings;
      const apiKey = await keys.read(name, signal);
      return apiKey === undefined ? settings : { ...settings, apiKey };
    },
  };
}
