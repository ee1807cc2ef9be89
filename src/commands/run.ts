/** `mcpchat [options] [prompt...]`: asks once if there is something to send, else, on a terminal, chats. */
import { hasPipedInput } from "../terminal/stdin.ts";
import { streamKind } from "../terminal/stream-kind.ts";
import { type Command, worldOf } from "./command.ts";
import { RUN_OPTIONS } from "./options.ts";
import { type RunSettings, readRunSettings } from "./run-settings.ts";

export const runCommand: Command = {
  meta: { name: "mcpchat", description: "Ask a language model, with the tools of MCP servers, or chat" },
  args: {
    ...RUN_OPTIONS,
    prompt: { type: "positional", required: false, description: "What to ask; piped input is added to it" },
  },
  async run(context) {
    const settings = readRunSettings(context.rawArgs);
    if (wantsChat(settings)) return (await import("./chat.ts")).chat(settings, worldOf(context));
    return (await import("./one-shot.ts")).oneShot(settings, worldOf(context));
  },
};

function wantsChat({ prompt, files, readStdin, output }: RunSettings): boolean {
  if (prompt !== "" || files.length > 0 || output !== "text") return false;
  const input = streamKind(0);
  if (readStdin && hasPipedInput(input)) return false;
  return input === "terminal" && streamKind(1) === "terminal";
}
