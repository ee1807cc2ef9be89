/** `mcpchat prompts complete` and `mcpchat resources complete`: how a value may go on, a line each. */
import { UsageError } from "../../lib/errors.ts";
import { singleLine } from "../../lib/text-layout.ts";
import type { Unfinished } from "../../mcp/client/content/port.ts";
import type { Command } from "../command.ts";
import { parsePairs } from "../pairs.ts";
import { parseOptions } from "../parse.ts";
import { print, printJson } from "../print.ts";
import { CONTENT_OPTIONS, withServer } from "./common.ts";

export const completePromptCommand = completeCommand("prompts", "NAME", (prompt) => ({ prompt }));

export const completeTemplateCommand = completeCommand("resources", "TEMPLATE", (template) => ({ template }));

function completeCommand(
  group: string,
  what: string,
  reference: (name: string) => Unfinished["of"],
): Command {
  const name = what.toLowerCase();
  return {
    meta: { name: "complete", description: "Show how a server would complete the value of an argument" },
    args: {
      ...CONTENT_OPTIONS,
      server: { type: "positional", required: false, description: "The server's name in the configuration" },
      [name]: {
        type: "positional",
        required: false,
        description: `The ${name} that the argument belongs to`,
      },
      argument: { type: "positional", required: false, description: "The argument's name" },
      value: {
        type: "positional",
        required: false,
        description: "The beginning of its value, perhaps empty",
      },
      others: { type: "positional", required: false, description: "key=value ... of other arguments" },
    },
    async run(context) {
      const { values, positionals } = parseOptions(context.rawArgs, CONTENT_OPTIONS);
      const [server, owner, argument, value, ...words] = positionals;
      if (server === undefined || owner === undefined || argument === undefined || value === undefined) {
        const usage = `mcpchat ${group} complete SERVER ${what} ARGUMENT VALUE [key=value ...]`;
        throw new UsageError(`complete needs a server, a ${name}, an argument and a value`, usage);
      }
      const unfinished = { of: reference(owner), argument, value, others: parsePairs(words) };
      const completion = await withServer(context, values, server, (content, limits) =>
        content.complete(server, unfinished, limits),
      );
      if (values.json) await printJson(completion);
      else
        await print(
          completion.values.map((each) => `${singleLine(each, Number.POSITIVE_INFINITY)}\n`).join(""),
        );
      return 0;
    },
  };
}
