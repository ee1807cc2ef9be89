/** Credentials for the length of a test. */
import {
  type CredentialStore,
  type Credentials,
  noCredentials,
} from "../../../src/mcp/client/auth/credentials.ts";

/** `kept` is what the store holds by now. */
export function memoryStore(): CredentialStore & { kept: Map<string, Credentials> } {
  const kept = new Map<string, Credentials>();
  let turn: Promise<unknown> = Promise.resolve();
  return {
    kept,
    read: async (server) => kept.get(server) ?? noCredentials(server),
    write: async (credentials) => {
      kept.set(credentials.server, structuredClone(credentials));
    },
    exclusively: (_server, work) => {
      const mine = turn.then(work);
      turn = mine.catch(() => {});
      return mine;
    },
  };
}
