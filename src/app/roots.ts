/** The folders that servers are told of: those of the configuration, else the one that we work in. */
import { homedir } from "node:os";
import { resolve } from "node:path";
import type { Configuration } from "../config/configuration.ts";
import type { ConfigService } from "../config/service.ts";
import type { Counterpart } from "../mcp/client/requests/counterpart.ts";

export interface RootsOptions {
  config: () => ConfigService | undefined;
  cwd: string;
}

type Roots = Pick<Counterpart, "roots" | "onRootsChange">;

/** The roots of each server, as the configuration has them at the moment. */
export function createRoots({ config, cwd }: RootsOptions): Roots {
  const now = (server: string, configuration = config()?.current()) => foldersOf(configuration, server, cwd);
  return {
    roots: (server) => now(server),
    onRootsChange(server, listener) {
      let before = now(server);
      const forget = config()?.onChange((configuration) => {
        const after = now(server, configuration);
        if (Bun.deepEquals(before, after)) return;
        before = after;
        listener();
      });
      return () => forget?.();
    },
  };
}

function foldersOf(configuration: Configuration | undefined, server: string, cwd: string): string[] {
  const { roots } = configuration?.mcp.servers.find(({ name }) => name === server) ?? {};
  if (!roots) return [cwd];
  return roots.map((folder) => resolve(cwd, folder.replace(/^~(?=$|[\\/])/, homedir())));
}
