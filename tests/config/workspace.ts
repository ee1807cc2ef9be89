/** A home, a project and the folders between, for tests that load a configuration. */
import fs from "node:fs";
import path from "node:path";
import type { Configuration } from "../../src/config/configuration.ts";
import { type LoadOptions, loadConfiguration } from "../../src/config/load.ts";
import { type Environment, type Paths, pathsFor } from "../../src/config/paths.ts";
import { trustFolder } from "../../src/config/trust.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

export class Workspace {
  readonly folder = temporaryFolder();
  readonly paths: Paths = pathsFor({ HOME: this.folder }, "linux");
  readonly project = path.join(this.folder, "project");

  constructor() {
    fs.mkdirSync(this.project, { recursive: true });
  }

  writeUser(text: string): string {
    return write(this.paths.configFile, text);
  }

  writeProject(text: string): string {
    return write(path.join(this.project, ".mcpchat.toml"), text);
  }

  /** Trusts the project's file as it is now. */
  trustProject(): void {
    const text = fs.readFileSync(path.join(this.project, ".mcpchat.toml"), "utf8");
    trustFolder(this.paths.trustFile, this.project, text);
  }

  options(more: Partial<LoadOptions> = {}): LoadOptions {
    return { paths: this.paths, cwd: this.project, env: {}, ...more };
  }

  async load(more: Partial<LoadOptions> = {}): Promise<Configuration> {
    return (await loadConfiguration(this.options(more))).configuration;
  }

  /** Loads the user's file with this text. */
  async loadText(text: string, env: Environment = {}): Promise<Configuration> {
    this.writeUser(text);
    return this.load({ env });
  }
}

function write(file: string, text: string): string {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
  return file;
}

/** The message of what a promise rejects with. */
export async function failure(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new Error("it did not fail");
}
