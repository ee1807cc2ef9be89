/** The person at a chat's terminal, as the servers' questions see them. */
import type { Person } from "../app/asking.ts";
import { type Block, mediaLabel } from "../lib/conversation.ts";
import { describeError, InterruptedError } from "../lib/errors.ts";
import { singleLine } from "../lib/text-layout.ts";
import type { Reply, SampleRequest } from "../mcp/client/requests/counterpart.ts";
import { askForm } from "../terminal/ask-form.ts";
import { askSampling } from "../terminal/ask-sampling.ts";
import { askUrl } from "../terminal/ask-url.ts";
import type { LineEditor } from "../terminal/line-editor-port.ts";
import { openUrl } from "../terminal/open-url.ts";

/** Puts the questions of servers on the terminal; `print` writes whole lines, `end` aborts with the chat. */
export function personAt(editor: LineEditor, print: (text: string) => void, end: AbortSignal): Person {
  const put = async <T>(server: string, signal: AbortSignal, ask: (asked: Asked) => Promise<T>) => {
    let writing = false;
    const read: LineEditor["read"] = async (...given) => {
      writing = true;
      const input = await editor.read(...given);
      writing = false;
      return input;
    };
    try {
      return await ask({ print, read, key: editor.key.bind(editor) });
    } catch (error) {
      if (!signal.aborted || end.aborted || signal.reason instanceof InterruptedError) throw error;
      print(takenBack(server, signal.reason));
      // The line that was meant for the server, which may be private, is not to go to the model.
      if (writing) await editor.read(DROPPED, end, "answer");
      throw error;
    }
  };
  return {
    elicit: (server, question, signal) =>
      put<Reply>(server, signal, (asked) => {
        if (question.mode === "form") return askForm(asked, { server, ...question }, signal);
        return askUrl(asked, { server, ...question }, openUrl, signal);
      }),
    allowSampling: (server, request, signal) =>
      put(server, signal, (asked) => askSampling(asked, samplingQuestion(server, request), signal)),
  };
}

type Asked = Pick<LineEditor, "print" | "read" | "key">;

const LONGEST_NAME = 80;
const LONGEST_REASON = 200;
const DROPPED = "Nothing typed here is sent; press Enter to go on: ";

/** The reason is an error where the connection is gone, and else whatever the server gave. */
function takenBack(server: string, reason: unknown): string {
  const name = singleLine(server, LONGEST_NAME);
  const isLost = reason instanceof Error && reason.name !== "AbortError";
  if (!isLost) return `server ${name} took its question back.`;
  return `The question of ${name} is gone: ${singleLine(describeError(reason), LONGEST_REASON)}.`;
}

function samplingQuestion(server: string, { system, messages, tools, maxTokens }: SampleRequest) {
  return {
    server,
    ...(system !== undefined && { system }),
    messages: messages.map(({ role, blocks }) => ({ role, text: blocks.map(wordsOf).join("\n") })),
    tools: tools.map(({ name }) => name),
    maxTokens,
  };
}

function wordsOf(block: Block): string {
  if (block.type === "text" || block.type === "thinking") return block.text;
  if (block.type === "media") return mediaLabel(block);
  if (block.type === "tool_result") return `[result of ${block.callId}] ${block.content}`;
  return `[calls ${block.name}] ${JSON.stringify(block.arguments)}`;
}
