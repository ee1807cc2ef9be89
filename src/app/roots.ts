/**
 * The folders that servers are told of: those of the configuration, else the one that we work in. What is on another
 * machine has no use for a path of this one, which says who works here and on what: it is told of none unasked.
 */
import { resolve } from "node:path";
import type { ConfigService } from "../config/service.ts";
import type { Counterpart } from "../mcp/client/requests/counterpart.ts";

export interface RootsOptions {
  config: () => ConfigService | undefined;
  cwd: string;
  /** What `~` stands for. */
  home: string;
}

type Roots = Pick<Counterpart, "roots" | "onRootsChange">;

/** The roots of each server, as the configuration has them at the moment. */
export function createRoots({ config, cwd, home }: RootsOptions): Roots {
  const now = (server: string, configuration = config()?.current()) => {
    const config = configuration?.mcp.servers.find(({ name }) => name === server);
    if (!config?.roots) return config?.transport === "stdio" ? [cwd] : [];
    return config.roots.map((folder) =>
      resolve(
        cwd,
        folder.replace(/^~(?=$|[\\/])/, () => home),
      ),
    );
  };
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
