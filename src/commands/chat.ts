/** `mcpchat chat`, and `mcpchat` on a terminal. */
import type { World } from "../app/world.ts";
import { UsageError } from "../lib/errors.ts";
import { type Command, worldOf } from "./command.ts";
import { RUN_OPTIONS } from "./options.ts";
import { type RunSettings, readRunSettings } from "./run-settings.ts";

export const chatCommand: Command = {
  meta: { name: "chat", description: "Chat on the terminal" },
  args: RUN_OPTIONS,
  async run(context) {
    const settings = readRunSettings(context.rawArgs);
    return chat(settings, worldOf(context));
  },
};

export async function chat(_settings: RunSettings, _world: World): Promise<number> {
  throw new UsageError("a chat needs a terminal", "give a prompt, or pipe text in");
}
