/** The person at a chat's terminal, as the servers' questions see them. */
import type { Person } from "../app/asking.ts";
import type { Block } from "../lib/conversation.ts";
import type { SampleRequest } from "../mcp/client/requests/counterpart.ts";
import { askForm } from "../terminal/ask-form.ts";
import { askSampling } from "../terminal/ask-sampling.ts";
import { askUrl } from "../terminal/ask-url.ts";
import type { LineEditor } from "../terminal/line-editor-port.ts";
import { openUrl } from "../terminal/open-url.ts";

/** Puts the questions of servers on the terminal; `print` writes whole lines. */
export function personAt(editor: LineEditor, print: (text: string) => void): Person {
  const asked = {
    print,
    read: editor.read.bind(editor),
    key: editor.key.bind(editor),
  };
  return {
    elicit(server, question, signal) {
      if (question.mode === "form") return askForm(asked, { server, ...question }, signal);
      return askUrl(asked, { server, ...question }, openUrl, signal);
    },
    allowSampling: (server, request, signal) => askSampling(asked, samplingQuestion(server, request), signal),
  };
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
  if (block.type === "tool_result") return `[result of ${block.callId}] ${block.content}`;
  return `[calls ${block.name}] ${JSON.stringify(block.arguments)}`;
}
