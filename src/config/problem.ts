/**
 * What is wrong with a configuration, and the one line that says so.
 */
import { ConfigurationError } from "../lib/errors.ts";
import { FileError } from "../lib/file.ts";

/** `key` as it is written in the file, such as `chat.max_turns`; empty for the file itself. */
export interface Problem {
  key: string;
  text: string;
}

/** The dotted key of a path, parts that TOML cannot write bare in quotes. */
export function keyPath(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (/^[A-Za-z0-9_-]+$/.test(String(part)) ? String(part) : JSON.stringify(String(part))))
    .join(".");
}

/** One line: where, what the first problem is, and how many more there are. */
export function configurationError(where: string, problems: readonly Problem[]): ConfigurationError {
  const [first] = problems;
  const key = first?.key ? `${first.key}: ` : "";
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
  return new ConfigurationError(`${where}: ${key}${first?.text ?? "is not valid"}${more}`);
}

/** What `work` returns. Throws ConfigurationError in place of FileError. */
export function orConfigurationError<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof FileError ? new ConfigurationError(error.message) : error;
  }
}
