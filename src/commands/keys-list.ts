/** `mcpchat keys list`: whose keys there are and where each comes from, and never more than its end. */

import type { App } from "../app/app.ts";
import { providerKeys } from "../app/keys.ts";
import type { Keys } from "../config/keys.ts";
import { endOf } from "../config/keys-form.ts";
import type { Environment } from "../config/paths.ts";
import { describeError, UserError } from "../lib/errors.ts";
import type { Notify } from "../lib/notice.ts";
import { providerNames } from "../llm/select.ts";
import { type Command, worldOf } from "./command.ts";
import { type KeySource, keySources } from "./key-sources.ts";
import { refuseMore } from "./keys-misplaced.ts";
import { JSON_OPTIONS } from "./models-common.ts";
import { parseOptions } from "./parse.ts";
import { print, printJson } from "./print.ts";
import { withApp } from "./with-app.ts";

interface Listed {
  provider: string;
  from: KeySource["from"] | "keychain" | "file";
  /** The variable or the file. */
  name?: string;
  end: string | undefined;
  /** Another one comes first, or its provider is a project's. */
  used: boolean;
}

export const listCommand: Command = {
  meta: { name: "list", description: "Show whose keys there are, and where each comes from" },
  args: JSON_OPTIONS,
  async run(context) {
    const { values, positionals } = parseOptions(context.rawArgs, JSON_OPTIONS);
    refuseMore(positionals, 0);
    const listed = await withApp(context, values, async (app, notify) => {
      const all = await listedKeys(app, worldOf(context).env, notify);
      if (all.length === 0) notify("info", "there are no keys; keep one with mcpchat keys set PROVIDER");
      return all;
    });
    if (values.json) await printJson(listed.map(jsonOf));
    else await print(lines(listed));
    return 0;
  },
};

async function listedKeys(app: App, env: Environment, notify: Notify): Promise<Listed[]> {
  const configuration = (await app.services.need("config")).current();
  const keys = providerKeys({ paths: app.paths, env, notify });
  const places = keys.places();
  const known = providerNames(configuration.providers);
  const names = [...new Set([...known, ...places.keys()])].sort();
  const listed: Listed[] = [];
  for (const provider of names) {
    const sources = keySources(provider, configuration, env);
    listed.push(
      ...sources.map(({ from, name, key }, index) => ({
        provider,
        from,
        name,
        end: endOf(key),
        used: index === 0,
      })),
    );
    const place = places.get(provider);
    if (place === undefined) continue;
    const isForeign = configuration.providers.some(({ name, ownKeyOnly }) => name === provider && ownKeyOnly);
    const file = place === "file" ? { name: app.paths.keysFile } : {};
    const used = sources.length === 0 && !isForeign;
    listed.push({ provider, from: place, ...file, end: await storedEnd(keys, provider, notify), used });
  }
  return listed;
}

/** A keychain that is locked is told, and keeps nobody from seeing the rest. */
async function storedEnd(keys: Keys, provider: string, notify: Notify): Promise<string | undefined> {
  try {
    const key = await keys.read(provider);
    return key === undefined ? undefined : endOf(key);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    notify("warn", describeError(error));
    return undefined;
  }
}

function lines(listed: readonly Listed[]): string {
  const width = Math.max(0, ...listed.map(({ provider }) => provider.length));
  return listed
    .map(({ provider, from, name = "", end, used }) => {
      const where = from === "keychain" ? "keychain" : `${from === "environment" ? "variable " : ""}${name}`;
      const parts = [
        provider.padEnd(width),
        where,
        end === undefined ? "" : `…${end}`,
        used ? "" : "not used",
      ];
      return `${parts.filter((part) => part !== "").join("  ")}\n`;
    })
    .join("");
}

function jsonOf({ provider, from, name, end, used }: Listed): object {
  return { provider, from, name: name ?? null, ends_with: end ?? null, used };
}
