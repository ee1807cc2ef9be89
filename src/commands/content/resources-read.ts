/** `mcpchat resources read SERVER URI [k=v ...]`: what a resource holds. */
import { UsageError } from "../../lib/errors.ts";
import type { ResourceContents } from "../../mcp/client/content/port.ts";
import { expandTemplate } from "../../mcp/client/content/template.ts";
import { type Command, worldOf } from "../command.ts";
import { parsePairs } from "../pairs.ts";
import { parseOptions } from "../parse.ts";
import { printJson } from "../print.ts";
import { CONTENT_OPTIONS, withServer } from "./common.ts";
import { destination, type Saving, save } from "./file.ts";
import { type Binary, binary, printBinary, printText } from "./output.ts";

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
    const target = destination(values.output, worldOf(context).cwd, values);
    const uri = await addressOf(address, parsePairs(words));
    const contents = await withServer(context, values, server, (content, limits) =>
      content.read(server, uri, limits),
    );
    const { files, rest } = target ? apart(contents) : { files: [], rest: contents };
    if (target) await save(target, files);
    if (values.json) await printJson({ server, uri, contents });
    else await show(rest, values.raw);
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

/** What is saved, and what is printed beside it: texts, unless there is nothing else. */
function apart(contents: readonly ResourceContents[]): {
  files: Saving[];
  rest: readonly ResourceContents[];
} {
  const files = contents.flatMap((each) => ("blob" in each ? [binary(each.blob, each.mimeType)] : []));
  if (files.length > 0) return { files, rest: contents.filter((each) => "text" in each) };
  const text = contents.flatMap((each) => ("text" in each ? [each.text] : [])).join("\n");
  return { files: [{ bytes: text, type: "text" }], rest: [] };
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
