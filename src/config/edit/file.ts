/** Changes a configuration file in place, and only into one that says what is meant. */
import fs from "node:fs";
import { ConfigurationError } from "../../lib/errors.ts";
import { readTextFileIfAny, writePrivateFile } from "../../lib/file.ts";
import { expandTree } from "../expand.ts";
import type { Environment } from "../paths.ts";
import { configurationError, orConfigurationError, type Problem } from "../problem.ts";
import { LARGEST_FILE_BYTES } from "../project-folder.ts";
import { parsedTree } from "../toml.ts";
import type { Edited } from "./edit.ts";

const BYTE_ORDER_MARK = "\ufeff";

/** What is in a configuration file; nothing where there is none. Throws ConfigurationError, also when it is not TOML. */
export function readForEdit(file: string): string {
  const text = orConfigurationError(() => readTextFileIfAny(file, LARGEST_FILE_BYTES)) ?? "";
  parsedTree(file, text);
  return text;
}

/**
 * Changes the file, which holds `text` as long as nobody else has their turn, in one step. Returns the new text. Throws ConfigurationError, and then leaves it as it was: when it is
 * written in a way that is not changed here, or when the change makes something wrong that was not wrong before.
 */
export async function editFile(
  file: string,
  text: string,
  change: (text: string) => Edited,
  env: Environment,
): Promise<string> {
  const edited = change(text);
  if ("line" in edited) {
    throw new ConfigurationError(
      `${file}:${edited.line}: is written in a way that mcpchat does not change`,
      "edit it by hand there: write `enabled = false` in the server's table, or take its lines out",
    );
  }
  const before = (await problemsIn(file, text, env)).map(({ key }) => key);
  const problems = await problemsIn(file, edited.text, env);
  const made = problems.filter(({ key }) => !before.includes(key));
  if (made.length > 0) throw configurationError(file, made);
  write(file, edited.text);
  return edited.text;
}

/** What is wrong with a configuration file's text. */
async function problemsIn(file: string, text: string, env: Environment): Promise<Problem[]> {
  const expanded = expandTree(parsedTree(file, text), env);
  if ("problems" in expanded) return expanded.problems;
  const { checkConfiguration } = await import("../schema.ts");
  const checked = checkConfiguration(expanded.value);
  return "problems" in checked ? checked.problems : [];
}

/**
 * The user's own file is for nobody else; one that a project shares stays as readable as it was. A byte order mark, which
 * no reader sees, stays as well.
 */
function write(file: string, text: string): void {
  orConfigurationError(() => {
    const mode = fs.statSync(file, { throwIfNoEntry: false })?.mode;
    const mark = mode !== undefined && fs.readFileSync(file).indexOf(BYTE_ORDER_MARK) === 0;
    writePrivateFile(file, `${mark ? BYTE_ORDER_MARK : ""}${text}`);
    if (mode !== undefined) fs.chmodSync(file, mode & 0o777);
  });
}
