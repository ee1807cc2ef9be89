/** A server over stdio that asks what it is told to, and a counterpart that a test scripts. */
import { onTestFinished } from "bun:test";
import { fileURLToPath } from "node:url";
import type { JsonObject } from "../../../src/lib/conversation.ts";
import type { StdioConfig } from "../../../src/mcp/client/config.ts";
import type {
  Counterpart,
  LogEntry,
  Question,
  Reply,
  SampleAnswer,
  SampleRequest,
} from "../../../src/mcp/client/requests/counterpart.ts";
import { createPrepare } from "../../../src/mcp/client/requests/prepare.ts";
import { startMcp } from "../harness.ts";
import { serverConfig } from "../servers.ts";

const ASKING = fileURLToPath(new URL("../../fixtures/mcp-servers/asking.mjs", import.meta.url));

/** Answers what a test tells it to, and remembers what it was asked. */
export class ScriptedCounterpart implements Counterpart {
  readonly questions: Question[] = [];
  readonly samples: SampleRequest[] = [];
  readonly entries: LogEntry[] = [];
  readonly notices: string[] = [];
  /** Signals of what was asked. */
  readonly signals: AbortSignal[] = [];
  folders = ["/work/one two"];
  reply: (question: Question, signal: AbortSignal) => Promise<Reply> = async () => ({ action: "decline" });
  answer: (request: SampleRequest, signal: AbortSignal) => Promise<SampleAnswer> = async () => ANSWER;
  readonly #listeners = new Set<() => void>();

  isAttended = true;
  hasPerson() {
    return this.isAttended;
  }
  elicit(_server: string, question: Question, signal: AbortSignal) {
    this.questions.push(question);
    this.signals.push(signal);
    return this.reply(question, signal);
  }
  sample(_server: string, request: SampleRequest, signal: AbortSignal, _onAllowed: () => void) {
    this.samples.push(request);
    this.signals.push(signal);
    return this.answer(request, signal);
  }
  log(_server: string, entry: LogEntry) {
    this.entries.push(entry);
  }
  roots() {
    return this.folders;
  }
  onRootsChange(_server: string, listener: () => void) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  changeRoots(folders: string[]) {
    this.folders = folders;
    for (const listener of this.#listeners) listener();
  }
  get listeners() {
    return this.#listeners.size;
  }
  notice(server: string, text: string) {
    this.notices.push(`${server} ${text}`);
  }
}

export const ANSWER: SampleAnswer = { model: "p/m", text: "an answer", calls: [], stopReason: "end" };

/** Never answers, and ends as the port says. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** The server, ready, and ways to have it ask; it ends with the test. */
export async function start(changes: Partial<StdioConfig> = {}, isAttended = true) {
  const counterpart = new ScriptedCounterpart();
  counterpart.isAttended = isAttended;
  const config = serverConfig("asking", [ASKING], { sampling: "allow", ...changes });
  const mcp = await startMcp([config], { prepare: createPrepare(counterpart) });
  onTestFinished(() => mcp[Symbol.asyncDispose]());
  await mcp.ready("asking");
  const call = async (name: string, args: JsonObject = {}) => {
    const { content, isError } = await mcp.call(`asking__${name}`, args);
    return isError ? { failed: content } : JSON.parse(content);
  };
  const ask = (method: string, params: JsonObject, more: JsonObject = {}) =>
    call("ask", { method, params, ...more });
  return { counterpart, mcp, call, ask };
}

export const form = (properties: JsonObject, required: string[] = []) => ({
  message: "who are you?",
  requestedSchema: { type: "object", properties, required },
});
