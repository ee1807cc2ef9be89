/**
 * The supervised service `alias`: the user's own commands, from their file. A damaged file is told in one line and is
 * not written over; what was good before stays in force.
 */
import { describeError, UsageError } from "../lib/errors.ts";
import { nearest } from "../lib/nearest.ts";
import type { Notify } from "../lib/notice.ts";
import type { ChildSpec, Exit } from "../supervisor/spec.ts";
import { expandTemplate } from "./expand.ts";
import { type AliasTable, addAlias, readAliases, removeAlias } from "./file.ts";

export interface Aliases {
  /** What the alias stands for. Throws UsageError when there is none of that name, or arguments are missing. */
  expand(name: string, args: readonly string[]): string;
  has(name: string): boolean;
  /** Sorted by name. */
  list(): { name: string; template: string }[];
  /** Adds or replaces one, on disk before it returns. Throws UsageError or ConfigurationError. */
  add(name: string, template: string): void;
  /** False when there was none. Throws ConfigurationError. */
  remove(name: string): boolean;
}

/** The spec of the service. A damaged file does not keep it from starting. */
export function aliasService(options: { file: string; notify: Notify }): ChildSpec<Aliases> {
  // Outlives an incarnation, for a restart while the file is damaged.
  let good: AliasTable = new Map();
  return {
    id: "alias",
    type: "worker",
    restart: "permanent",
    shutdown: 1000,
    start: async () => {
      good = readOr(good, options);
      const exited = Promise.withResolvers<Exit>();
      return {
        handle: aliasesOver(options.file, good, (aliases) => {
          good = aliases;
        }),
        exited: exited.promise,
        stop: () => exited.resolve({ kind: "shutdown" }),
        kill: () => exited.resolve({ kind: "killed" }),
      };
    },
  };
}

function readOr(before: AliasTable, { file, notify }: { file: string; notify: Notify }): AliasTable {
  try {
    return readAliases(file);
  } catch (error) {
    notify("error", describeError(error));
    return before;
  }
}

function aliasesOver(file: string, read: AliasTable, changed: (aliases: AliasTable) => void): Aliases {
  let aliases = read;
  const take = (next: AliasTable) => {
    aliases = next;
    changed(next);
  };
  return {
    expand(name, args) {
      const template = aliases.get(name);
      if (template !== undefined) return expandTemplate(name, template, args);
      const near = nearest(name, aliases.keys());
      throw new UsageError(`there is no alias ${name}`, near && `did you mean ${near}?`);
    },
    has: (name) => aliases.has(name),
    list: () =>
      Array.from(aliases, ([name, template]) => ({ name, template })).sort((a, b) =>
        a.name < b.name ? -1 : 1,
      ),
    add: (name, template) => take(addAlias(file, name, template)),
    remove(name) {
      const left = removeAlias(file, name);
      if (left) take(left);
      return left !== undefined;
    },
  };
}
