/** `mcpchat tree`: the supervision tree of a running chat, once or live. */
import { renderTree, type TreeNode } from "../app/tree-view.ts";
import { streamKind } from "../terminal/stream-kind.ts";
import { type Command, worldOf } from "./command.ts";
import { COMMON_OPTIONS } from "./options.ts";
import { integerOption, parseOptions } from "./parse.ts";
import { print } from "./print.ts";
import { ask, chosenChat } from "./running.ts";

const OPTIONS = {
  pid: { type: "string", valueHint: "PID", description: "Of this chat; of the one started last if absent" },
  watch: { type: "boolean", description: "Go on showing it as it changes" },
  json: { type: "boolean", description: "As JSON; with --watch a line for each change" },
  ...COMMON_OPTIONS,
} as const;

export const treeCommand: Command = {
  meta: { name: "tree", description: "Show the supervision tree of a running chat" },
  args: OPTIONS,
  async run(context) {
    const { values } = parseOptions(context.rawArgs, OPTIONS, 0);
    const world = worldOf(context);
    const chat = await chosenChat(world, integerOption("pid", values.pid, 1));
    const response = await ask(chat, values.watch ? "/tree?watch" : "/tree", { signal: world.signal });
    const show = (line: string) => (values.json ? `${line}\n` : renderTree(parse(line)));
    if (!values.watch) await print(show(await response.text()));
    else await watch(linesOf(response, world.signal), show, !values.json && streamKind(1) === "terminal");
    return 0;
  },
};

/** Each state takes the place of the one before on a terminal, and follows it elsewhere. */
async function watch(
  batches: AsyncIterable<string[]>,
  show: (line: string) => string,
  redraw: boolean,
): Promise<void> {
  for await (const lines of batches) {
    // Of several that came at once the last one is how it is now.
    const shown = redraw ? lines.slice(-1) : lines;
    for (const line of shown) await print(`${redraw ? CLEAR : ""}${show(line)}`);
  }
}

/** The lines that have come, batch by batch, until the chat ends. Throws the signal's reason. */
async function* linesOf(response: Response, signal: AbortSignal): AsyncGenerator<string[]> {
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for await (const chunk of response.body ?? []) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      yield lines;
    }
  } catch {
    // A chat that is gone does not say goodbye.
    signal.throwIfAborted();
  }
}

const CLEAR = "\x1b[H\x1b[2J";

function parse(line: string): TreeNode {
  return JSON.parse(line) as TreeNode; // Our own process made it, on the other end of the socket.
}
