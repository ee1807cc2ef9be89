/** How a caller gets to a server: through whatever manager there is, as soon as the server is ready. */
import type { Clock } from "../../lib/clock.ts";
import { ServiceGone, type Slot } from "../../lib/slot.ts";
import type { ServerConfig } from "./config.ts";
import type { ManagedServer } from "./managed.ts";
import type { ServerManager } from "./manager.ts";
import type { Connection } from "./session/connection.ts";
import type { BeginWait } from "./waiting.ts";

/** A server that is ready. */
export interface ReadyServer {
  connection: Connection;
  config: ServerConfig;
  /** Names of tools that it has changed, and that are set aside for that. */
  changed: readonly string[];
}

/** A server that is ready, or one line on why it is not. */
export type Reached = ReadyServer | { refusal: string };

export interface ReachOptions {
  waitMs: number;
  signal: AbortSignal;
  /** A connection that is known to be lost. */
  except?: Connection;
}

/** Gets a connection; rejects with the signal's reason only. */
export type Reach = (server: string, options: ReachOptions) => Promise<Reached>;

export function createReach(slot: Slot<ServerManager>, clock: Clock, beginWait?: BeginWait): Reach {
  return async (server, { waitMs, signal, except }) => {
    const deadline = clock.now() + waitMs;
    try {
      const reached = await slot.use((manager) => {
        manager.release();
        manager.get(server)?.want();
        const look = () => standing(server, manager.get(server), except);
        const waited = look() === undefined ? beginWait?.(server) : undefined;
        return manager.until(look, deadline - clock.now(), signal).finally(waited);
      }, signal);
      return reached ?? { refusal: tooLate(server, slot.current?.get(server), waitMs) };
    } catch (error) {
      if (error instanceof ServiceGone) return { refusal: `server ${server} is stopped` };
      throw error;
    }
  };
}

/** What is known at once; undefined while it is worth waiting. */
function standing(
  name: string,
  server: ManagedServer | undefined,
  except: Connection | undefined,
): Reached | undefined {
  if (!server) return { refusal: `there is no server ${name}` };
  const { life, connection, config, changed } = server;
  if (life.state === "failed") return { refusal: `server ${name} failed: ${life.error}` };
  if (life.state === "stopped") return { refusal: `server ${name} is stopped` };
  const usable = life.state === "ready" && connection && connection !== except;
  return usable ? { connection, config, changed } : undefined;
}

function tooLate(name: string, server: ManagedServer | undefined, waitMs: number): string {
  const last = server && "error" in server.life ? `; last: ${server.life.error}` : "";
  return `server ${name} was not ready within ${Math.round(waitMs / 100) / 10} s${last}`;
}
