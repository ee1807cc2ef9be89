/** `mcpchat servers restart NAME`: a server of a running chat, started again. */
import { UsageError } from "../../lib/errors.ts";
import { type Command, worldOf } from "../command.ts";
import { COMMON_OPTIONS } from "../options.ts";
import { integerOption, parseOptions } from "../parse.ts";
import { printJson } from "../print.ts";
import { ask, chosenChat } from "../running.ts";
import { JSON_OPTION, PID_OPTION, tellingJson } from "./shared.ts";

const OPTIONS = { pid: PID_OPTION, json: JSON_OPTION, ...COMMON_OPTIONS } as const;

export const restartCommand: Command = {
  meta: { name: "restart", description: "Start a server of a running chat again, a failed one too" },
  args: { ...OPTIONS, server: { type: "positional", required: false, description: "Its name" } },
  async run(context) {
    const { values, positionals } = parseOptions(context.rawArgs, OPTIONS, 1);
    return tellingJson(values, async () => {
      const [name] = positionals;
      if (name === undefined) throw new UsageError("which server?", "mcpchat servers restart NAME");
      const chat = await chosenChat(worldOf(context), integerOption("pid", values.pid, 1));
      await ask(chat, `/servers/${encodeURIComponent(name)}/restart`, { method: "POST" });
      if (values.json) await printJson({ name, restarted: true, pid: chat.pid });
      return 0;
    });
  },
};
