/** `mcpchat version [--json]`. */
import { version } from "../lib/version.ts";
import type { Command } from "./command.ts";
import { COMMON_OPTIONS } from "./options.ts";
import { parseOptions } from "./parse.ts";
import { print } from "./print.ts";

const OPTIONS = {
  json: { type: "boolean", description: "As JSON, with the platform" },
  ...COMMON_OPTIONS,
} as const;

export const versionCommand: Command = {
  meta: { name: "version", description: "Show the version" },
  args: OPTIONS,
  async run({ rawArgs }) {
    const { values } = parseOptions(rawArgs, OPTIONS, 0);
    const { platform, arch } = process;
    const line = values.json ? JSON.stringify({ version, bun: Bun.version, platform, arch }) : version;
    await print(`${line}\n`);
    return 0;
  },
};
