/** A home whose models come from a hub on this machine. */
import { onTestFinished } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { arrivalIn } from "../fixtures/hub/arrival.ts";
import type { FileBehaviour } from "../fixtures/hub/files.ts";
import { type Hub, startHub } from "../fixtures/hub/hub.ts";
import { Home } from "./harness.ts";

export interface HubHome {
  home: Home;
  hub: Hub;
  /** The models folder. */
  folder: string;
  /** What lies in it, sorted. */
  files(): string[];
}

/** A hub with one repository, `ada/tiny`, of these files, which are also just there as `/plain/NAME`. */
export async function homeWithHub(files: Record<string, FileBehaviour>, more: object = {}): Promise<HubHome> {
  const home = new Home();
  const folder = join(home.folder, ".local/share/mcpchat/models");
  const plain = Object.entries(files).map(([name, file]) => [`/plain/${name}`, file] as const);
  const hub = await startHub({
    repositories: { "ada/tiny": { files, ...more } },
    files: Object.fromEntries(plain),
    arrival: arrivalIn(folder),
  });
  onTestFinished(() => hub.stop());
  home.env.HF_ENDPOINT = hub.url;
  return { home, hub, folder, files: () => (existsSync(folder) ? readdirSync(folder).sort() : []) };
}
