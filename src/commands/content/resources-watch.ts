/** `mcpchat resources watch SERVER URI`: a line for each update of a resource, until interrupted. */
import { errorObject } from "../../chat/report/summary.ts";
import { InterruptedError, UsageError, UserError } from "../../lib/errors.ts";
import { jsonText } from "../../lib/json-text.ts";
import { singleLine } from "../../lib/text-layout.ts";
import { openNotices } from "../../terminal/notices.ts";
import type { Command } from "../command.ts";
import { parseOptions } from "../parse.ts";
import { print } from "../print.ts";
import { ADDRESS_COLUMNS, CONTENT_OPTIONS, withServer } from "./common.ts";

const OPTIONS = {
  ...CONTENT_OPTIONS,
  json: { type: "boolean", description: "A line of JSON for each event" },
} as const;

export const watchCommand: Command = {
  meta: { name: "watch", description: "Tell of each update of a resource until interrupted" },
  args: {
    ...OPTIONS,
    server: { type: "positional", required: false, description: "The server's name in the configuration" },
    uri: { type: "positional", required: false, description: "The resource's address" },
  },
  async run(context) {
    const { values, positionals } = parseOptions(context.rawArgs, OPTIONS, 2);
    const { json, ...others } = values;
    const [server, uri] = positionals;
    if (server === undefined || uri === undefined) {
      throw new UsageError("watch needs a server and an address", "mcpchat resources watch SERVER URI");
    }
    const write = inOrder();
    // Else nothing tells the time before the first update from a server that hangs.
    const tellStart = openNotices({ ...values, verbose: true });
    const tell = (event: object) => (json ? write.line(jsonText(event)) : undefined);
    try {
      return await withServer(context, others, server, (content, limits, { notify }) =>
        content.watch(server, uri, {
          ...limits,
          signal: AbortSignal.any([limits.signal, write.failed]),
          onSubscribed(again) {
            tell({ type: "subscribed", server, uri, again });
            if (again) notify("warn", `server ${server} was away: updates may have been missed`);
            else tellStart("info", `watching ${uri}`);
          },
          onUpdate(updated) {
            if (json) tell({ type: "updated", server, uri: updated });
            else write.line(singleLine(updated, ADDRESS_COLUMNS));
          },
        }),
      );
    } catch (error) {
      await write.done();
      const told =
        error instanceof UserError && !(error instanceof InterruptedError) && !write.failed.aborted;
      if (json && told) await print(`${jsonText({ type: "error", error: errorObject(error) })}\n`);
      throw error;
    }
  },
};

/** Lines come as they happen, and are written one after the other; a failure ends the watching. */
function inOrder() {
  const failure = new AbortController();
  let last: Promise<void> = Promise.resolve();
  return {
    failed: failure.signal,
    line(text: string): void {
      last = last.then(() => print(`${text}\n`)).catch((error: unknown) => failure.abort(error));
    },
    done: () => last,
  };
}
