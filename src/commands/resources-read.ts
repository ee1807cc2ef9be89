/** `mcpchat resources read SERVER URI [k=v ...]`: what a resource holds. */
import { UsageError } from "../lib/errors.ts";
import type { ResourceContents } from "../mcp/client/content/port.ts";
import { expandTemplate } from "../mcp/client/content/template.ts";
import { type Command, worldOf } from "./command.ts";
import { CONTENT_OPTIONS, withServer } from "./content-common.ts";
import { type Binary, binary, printBinary, printText, save } from "./content-output.ts";
import { parsePairs } from "./pairs.ts";
import { parseOptions } from "./parse.ts";
import { printJson } from "./print.ts";

const OPTIONS = {
  output: { type: "string", alias: "o", valueHint: "FILE", description: "Save it, as it is" },
  raw: { type: "boolean", description: "Print text as it is, control characters too" },
  ...CONTENT_OPTIONS,
} as const;

export const readCommand: Command = {
  meta: { name: "read", description: "Print a resource" },
  args: {
    ...OPTIONS,
    server: { type: "positional", required: false, description: "The server's name in the configuration" },
    uri: { type: "positional", required: false, description: "The resource's address, or a template of it" },
    variables: { type: "positional", required: false, description: "key=value ... for the template" },
  },
  async run(context) {
    const { values, positionals } = parseOptions(context.rawArgs, OPTIONS);
    const [server, address, ...words] = positionals;
    if (server === undefined || address === undefined) {
      throw new UsageError(
        "read needs a server and an address",
        "mcpchat resources read SERVER URI [key=value ...]",
      );
    }
    const uri = await addressOf(address, parsePairs(words));
    const contents = await withServer(context, values, server, (content, limits) =>
      content.read(server, uri, limits),
    );
    if (values.output !== undefined) {
      const whole = wholeOf(contents);
      await save(values.output, worldOf(context).cwd, typeof whole === "string" ? whole : whole.bytes);
    }
    if (values.json) await printJson({ server, uri, contents });
    else if (values.output === undefined) await show(contents, values.raw);
    return 0;
  },
};

/** What is no template goes to the server as it is: braces may be part of an address. */
async function addressOf(address: string, variables: Record<string, string>): Promise<string> {
  return Object.keys(variables).length === 0 && !/\{[^{}\s]+\}/.test(address)
    ? address
    : expandTemplate(address, variables);
}

async function show(contents: readonly ResourceContents[], raw: boolean | undefined): Promise<void> {
  if (contents.length === 0) return;
  const whole = wholeOf(contents);
  if (typeof whole === "string") await printText(whole, raw);
  else await printBinary(whole);
}

/** Several texts are one, a line apart; bytes can only stand alone. */
function wholeOf(contents: readonly ResourceContents[]): string | Binary {
  const [first] = contents;
  if (first && "blob" in first && contents.length === 1) return binary(first.blob, first.mimeType);
  const texts = contents.flatMap((content) => ("text" in content ? [content.text] : []));
  if (texts.length === contents.length) return texts.join("\n");
  throw new UsageError(
    `it has ${contents.length} parts, and ${contents.length - texts.length} of them are not text`,
    "get all of them with --json",
  );
}
