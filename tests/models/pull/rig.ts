/** A hub, an empty models folder, and pulls between them that need no patience. */
import { onTestFinished } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../../src/lib/errors.ts";
import type { PullEvent } from "../../../src/models/pull/events.ts";
import { type PulledModel, type PullOptions, pullModel } from "../../../src/models/pull/pull.ts";
import type { Network } from "../../../src/models/pull/request.ts";
import { arrivalIn } from "../../fixtures/hub/arrival.ts";
import { type Hub, type HubOptions, startHub } from "../../fixtures/hub/hub.ts";
import { temporaryFolder } from "../../fixtures/temporary-folder.ts";

export interface Rig {
  hub: Hub;
  folder: string;
  events: PullEvent[];
  /** Pulls to the end, or to the error that is thrown. */
  pull(reference: string, options?: Partial<PullOptions>): Promise<PulledModel>;
  /** The error of a pull that has to fail. */
  failure(reference: string, options?: Partial<PullOptions>): Promise<UserError>;
  /** The names of all files in the folder, sorted. */
  files(): string[];
  content(fileName: string): Uint8Array;
}

/** No wait between two attempts. */
export const IMPATIENT: Partial<Network> = { random: () => 0 };

export async function startRig(options: HubOptions): Promise<Rig> {
  const folder = join(temporaryFolder(), "models");
  const hub = await startHub({ ...options, arrival: arrivalIn(folder) });
  onTestFinished(() => hub.stop());
  const events: PullEvent[] = [];
  const pull: Rig["pull"] = (reference, more) =>
    pullModel({
      reference: reference.replace(/^\//, `${hub.url}/`),
      folder,
      force: false,
      env: { HF_ENDPOINT: hub.url },
      onEvent: (event) => events.push(event),
      signal: new AbortController().signal,
      network: IMPATIENT,
      ...more,
    });
  return {
    hub,
    folder,
    events,
    pull,
    async failure(reference, more) {
      const outcome = await pull(reference, more).catch((error: unknown) => error);
      if (outcome instanceof UserError) return outcome;
      throw new Error(`not an error for users: ${JSON.stringify(outcome)} ${outcome}`);
    },
    files: () => (existsSync(folder) ? readdirSync(folder).sort() : []),
    content: (fileName) => readFileSync(join(folder, fileName)),
  };
}
