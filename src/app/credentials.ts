/** Who we are to remote servers: where that is kept, and how their connections get it. */
import { join } from "node:path";
import type { Environment, Paths } from "../config/paths.ts";
import { systemKeychain } from "../lib/keychain.ts";
import type { CredentialStore } from "../mcp/client/auth/credentials.ts";
import type { AuthFor } from "../mcp/client/auth/port.ts";
import { createServerAuth } from "../mcp/client/auth/server-auth.ts";
import { fileStore } from "../mcp/client/auth/store.ts";

export interface CredentialPlace {
  paths: Pick<Paths, "dataFolder">;
  env: Environment;
}

/** Nothing is opened before it is asked for something. */
export function credentialStore({ paths, env }: CredentialPlace): CredentialStore {
  const keychain = systemKeychain({ env, platform: process.platform });
  return fileStore({ folder: join(paths.dataFolder, "oauth"), ...(keychain && { keychain }) });
}

/** A server whose configured headers say who we are gets those and nothing else. */
export function credentialsFor(place: CredentialPlace): AuthFor {
  const store = credentialStore(place);
  return async (config) => {
    const says = Object.keys(config.headers).some((name) => name.toLowerCase() === "authorization");
    return says ? undefined : createServerAuth(config, { store });
  };
}
