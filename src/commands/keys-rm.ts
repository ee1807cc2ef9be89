/** `mcpchat keys rm`: forgets a key that mcpchat keeps. */

import type { App } from "../app/app.ts";
import { providerKeys } from "../app/keys.ts";
import type { Environment } from "../config/paths.ts";
import { UsageError } from "../lib/errors.ts";
import { providerNames } from "../llm/select.ts";
import { type Command, worldOf } from "./command.ts";
import { keySources } from "./key-sources.ts";
import { refuseMore } from "./keys-misplaced.ts";
import { placeText } from "./keys-set.ts";
import { JSON_OPTIONS } from "./models-common.ts";
import { parseOptions } from "./parse.ts";
import { print, printJson } from "./print.ts";
import { knownProvider } from "./provider-name.ts";
import { withApp } from "./with-app.ts";

export const removeCommand: Command = {
  meta: { name: "rm", description: "Forget the key of a provider" },
  args: { ...JSON_OPTIONS, provider: { type: "positional", required: false, description: "Whose key" } },
  async run(context) {
    const { values, positionals } = parseOptions(context.rawArgs, JSON_OPTIONS);
    refuseMore(positionals, 1);
    const [word] = positionals;
    const { env } = worldOf(context);
    const { provider, place, file } = await withApp(context, values, async (app, notify) => {
      if (word === undefined) throw new UsageError("whose key?", "mcpchat keys rm PROVIDER");
      const keys = providerKeys({ paths: app.paths, env, notify });
      if (!keys.places().has(word)) throw await notKept(app, word, env);
      const place = await keys.remove(word, app.signal);
      return { provider: word, place: place ?? "file", file: app.paths.keysFile };
    });
    if (values.json) await printJson({ provider, removed_from: place });
    else await print(`the key of ${provider} is removed from ${placeText(place, file)}\n`);
    return 0;
  },
};

async function notKept(app: App, word: string, env: Environment): Promise<UsageError> {
  const configuration = (await app.services.need("config")).current();
  const provider = knownProvider(word, providerNames(configuration.providers));
  const [other] = keySources(provider, configuration, env);
  const advice = other ? `the one that is used is in ${other.name}` : "see mcpchat keys list";
  return new UsageError(`no key of ${provider} is kept here`, advice);
}
