/** `mcpchat keys set`: keeps a key, which is asked for without showing it, or read from a pipe. */
import type { App } from "../app/app.ts";
import { providerKeys } from "../app/keys.ts";
import type { KeyPlace } from "../config/keys.ts";
import { endOf, isKey } from "../config/keys-form.ts";
import type { Environment } from "../config/paths.ts";
import { UsageError } from "../lib/errors.ts";
import type { Notify } from "../lib/notice.ts";
import { LOCAL, providerNames } from "../llm/select.ts";
import { readHiddenLine } from "../terminal/hidden-line.ts";
import { readStdin } from "../terminal/stdin.ts";
import { streamKind } from "../terminal/stream-kind.ts";
import { type Command, worldOf } from "./command.ts";
import { keySources } from "./key-sources.ts";
import { onCommandLine, SET_USAGE } from "./keys-misplaced.ts";
import { JSON_OPTIONS } from "./models-common.ts";
import { parseOptions } from "./parse.ts";
import { print, printJson } from "./print.ts";
import { knownProvider } from "./provider-name.ts";
import { withApp } from "./with-app.ts";

const LONGEST_KEY_BYTES = 64 * 1024;

export const setCommand: Command = {
  meta: { name: "set", description: "Keep the key of a provider: asks for it, or reads it from a pipe" },
  args: {
    ...JSON_OPTIONS,
    provider: { type: "positional", required: false, description: "Whose key, such as openai" },
  },
  async run(context) {
    const { values, positionals } = parseOptions(context.rawArgs, JSON_OPTIONS);
    const [word, ...more] = positionals;
    const { env } = worldOf(context);
    const kept = await withApp(context, values, async (app, notify) => {
      if (more.length > 0) throw onCommandLine();
      const provider = await providerFrom(app, word);
      const key = await askForKey(provider, app.signal, notify);
      const keys = providerKeys({ paths: app.paths, env, notify });
      const place = await keys.write(provider, key, app.signal);
      await tellWhatComesFirst(app, provider, env, notify);
      return { provider, place, end: endOf(key), file: app.paths.keysFile };
    });
    const { provider, place, end, file } = kept;
    if (values.json) await printJson({ provider, kept_in: place, ends_with: end ?? null });
    else await print(`the key of ${provider}${shownEnd(end)} is kept in ${placeText(place, file)}\n`);
    return 0;
  },
};

async function providerFrom(app: App, word: string | undefined): Promise<string> {
  if (word === undefined) throw new UsageError("whose key?", SET_USAGE);
  if (word === LOCAL) throw new UsageError("models inside mcpchat need no key");
  const { providers } = (await app.services.need("config")).current();
  return knownProvider(word, providerNames(providers));
}

/** Throws UsageError for a text that can be no key. */
async function askForKey(provider: string, signal: AbortSignal, notify: Notify): Promise<string> {
  const key = (await readKey(provider, signal, notify))?.trim();
  if (key === undefined || key === "") throw new UsageError("no key was given", "nothing is changed");
  if (/^["']|^[A-Z][A-Z0-9_]*=/.test(key))
    throw new UsageError("that is more than a key", "give it without a variable's name and without quotes");
  if (!isKey(key)) throw new UsageError("that holds characters that no key has", "copy the key again");
  return key;
}

async function readKey(provider: string, signal: AbortSignal, notify: Notify): Promise<string | undefined> {
  if (streamKind(0) === "terminal") return readHiddenLine(`Key of ${provider} (not shown): `, signal);
  const waits: Notify = (level) => notify(level, "waiting for the key on standard input");
  return readStdin({ notify: waits, signal, firstLine: true, limit: LONGEST_KEY_BYTES });
}

async function tellWhatComesFirst(
  app: App,
  provider: string,
  env: Environment,
  notify: Notify,
): Promise<void> {
  const configuration = (await app.services.need("config")).current();
  const [first] = keySources(provider, configuration, env);
  if (first) notify("warn", `the key of ${provider} in ${first.name} comes before this one`);
}

function shownEnd(end: string | undefined): string {
  return end === undefined ? "" : ` (…${end})`;
}

export function placeText(place: KeyPlace, file: string): string {
  return place === "keychain" ? "the keychain" : file;
}
