/** `mcpchat [options] [prompt...]`: asks once if there is something to send, else, on a terminal, chats. */
import type { World } from "../app/world.ts";
import { UsageError } from "../lib/errors.ts";
import { hasPipedInput } from "../terminal/stdin.ts";
import { streamKind } from "../terminal/stream-kind.ts";
import { type Command, worldOf } from "./command.ts";
import { RUN_OPTIONS } from "./options.ts";
import { type RunSettings, readRunSettings, wantedForm } from "./run-settings.ts";

export const runCommand: Command = {
  meta: { name: "mcpchat", description: "Ask a language model, with the tools of MCP servers, or chat" },
  args: {
    ...RUN_OPTIONS,
    prompt: { type: "positional", required: false, description: "What to ask; piped input is added to it" },
  },
  async run(context) {
    const world = worldOf(context);
    const settings = readOrMistake(context.rawArgs);
    if (settings instanceof UsageError) return tell(settings, context.rawArgs, world);
    if (wantsChat(settings)) return (await import("./chat.ts")).chat(settings, world);
    return (await import("./one-shot.ts")).oneShot(settings, world);
  },
};

function readOrMistake(rawArgs: readonly string[]): RunSettings | UsageError {
  try {
    return readRunSettings(rawArgs);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
}

/** Whoever reads JSON reads it of every failure, also when the rest of the command line makes no sense. */
async function tell(mistake: UsageError, rawArgs: readonly string[], world: World): Promise<number> {
  const form = wantedForm(rawArgs);
  if (form === "text") throw mistake;
  return (await import("./one-shot.ts")).tellMistake(mistake, form, world);
}

function wantsChat({ prompt, files, readStdin, output }: RunSettings): boolean {
  if (prompt !== "" || files.length > 0 || output !== "text") return false;
  const input = streamKind(0);
  if (readStdin && hasPipedInput(input)) return false;
  return input === "terminal" && streamKind(1) === "terminal";
}
