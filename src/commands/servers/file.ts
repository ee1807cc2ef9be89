/** The configuration file that a command about servers changes, and what has to hold before and after. */
import { join, resolve } from "node:path";
import type { World } from "../../app/world.ts";
import type { Edited } from "../../config/edit/edit.ts";
import { editFile, readForEdit } from "../../config/edit/file.ts";
import { exclusively } from "../../config/exclusive.ts";
import { pathsFor } from "../../config/paths.ts";
import { orConfigurationError } from "../../config/problem.ts";
import {
  PROJECT_FILE,
  type ProjectTexts,
  readProjectFolder,
  trustOf,
  trustProjectFolder,
} from "../../config/project-folder.ts";
import { ConfigurationError, UsageError } from "../../lib/errors.ts";

export const FILE_OPTIONS = {
  project: { type: "boolean", description: `In ${PROJECT_FILE} of this folder, not in the user's file` },
} as const;

interface FileValues {
  config?: string;
  project?: boolean;
}

export interface ServersFile {
  file: string;
  text: string;
  /**
   * Changes the text as it is by then, after whoever changes it at the moment. Throws ConfigurationError and what the
   * change throws, and then the file is as it was.
   */
  edit(change: (text: string) => Edited): Promise<void>;
}

/** Opens the file that the options name: the user's own, or another one. Throws ConfigurationError and UsageError. */
export function openServersFile(world: World, { config, project }: FileValues): ServersFile {
  if (project && config !== undefined)
    throw new UsageError("--project and --config name two files", "use one");
  if (project) return projectFile(world);
  const file =
    config === undefined ? pathsFor(world.env, process.platform).configFile : resolve(world.cwd, config);
  return serversFile(file, world);
}

function serversFile(file: string, { env, signal }: World): ServersFile {
  const text = readForEdit(file);
  return {
    file,
    text,
    edit: (change) =>
      exclusively(file, signal, async () => void (await editFile(file, readForEdit(file), change, env))),
  };
}

/**
 * A file that the user changes here is trusted in its new form, if it was before: what else is in a folder that was
 * merely cloned must not slip in with it.
 */
function projectFile(world: World): ServersFile {
  const folder = world.cwd;
  const { trustFile } = pathsFor(world.env, process.platform);
  const file = join(folder, PROJECT_FILE);
  // Whether it is trusted shows under the lock: another process may have written the file, and its trust not yet.
  const { toml: text = "" } = orConfigurationError(() => readProjectFolder(folder));
  return {
    file,
    text,
    edit: (change) =>
      exclusively(file, world.signal, async () => {
        // They may be others by now, and what is trusted is what was looked at: these texts, with the change.
        const before = trustedTexts(trustFile, folder);
        const toml = await editFile(file, before.toml ?? "", change, world.env);
        await exclusively(trustFile, world.signal, () =>
          trustProjectFolder(trustFile, folder, { ...before, toml }),
        );
      }),
  };
}

/** What the folder's files hold now. Throws ConfigurationError unless that is trusted, or nothing. */
function trustedTexts(trustFile: string, folder: string): ProjectTexts {
  const texts = orConfigurationError(() => readProjectFolder(folder));
  const isNew = texts.toml === undefined && texts.json === undefined;
  if (isNew || trustOf(trustFile, folder, texts) === "trusted") return texts;
  throw new ConfigurationError(
    `${folder}: its project files are not trusted as they are now`,
    `look at them and trust them first: mcpchat config trust ${folder}`,
  );
}
