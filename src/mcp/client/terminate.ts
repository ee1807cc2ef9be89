/** The end of what runs for one server. */
import { SupervisorError } from "../../supervisor/errors.ts";
import type { Supervisor } from "../../supervisor/supervisor.ts";

/** Stops what runs under this name, if anything does. */
export async function terminate(servers: Supervisor, name: string): Promise<void> {
  try {
    await servers.terminateChild(name);
  } catch (error) {
    if (!(error instanceof SupervisorError) || error.code !== "not_found") throw error;
  }
}
