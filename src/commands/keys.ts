/** `mcpchat keys set|list|rm`: the keys of providers that mcpchat keeps. */
import type { Command } from "./command.ts";
import { COMMON_OPTIONS } from "./options.ts";

export const keysCommand: Command = {
  meta: { name: "keys", description: "Keep keys of providers, in the system's keychain where there is one" },
  args: COMMON_OPTIONS,
  subCommands: new Map([
    ["set", async () => (await import("./keys-set.ts")).setCommand],
    ["list", async () => (await import("./keys-list.ts")).listCommand],
    ["rm", async () => (await import("./keys-rm.ts")).removeCommand],
  ]),
};
