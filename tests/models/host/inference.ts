/** A real inference process, run from the sources, and the questions that tests have for it. */
import { onTestFinished } from "bun:test";
import { join } from "node:path";
import type { JsonObject, Message } from "../../../src/lib/conversation.ts";
import type { GenerateEvent, GenerateRequest, GenerateUsage } from "../../../src/models/port.ts";
import type { ModelProblem } from "../../../src/models/problem.ts";
import type { FromHost, HostSettings, News, Operation, Operations } from "../../../src/models/protocol.ts";
import { temporaryFolder } from "../../fixtures/temporary-folder.ts";

const MAIN = join(import.meta.dir, "../../../src/main.ts");

interface Pending {
  onNews: (news: News) => void;
  resolve: (value: unknown) => void;
  reject: (problem: ModelProblem) => void;
}

/** What came of one answer. */
export interface Answer {
  text: string;
  thinking: string;
  calls: { name: string; arguments: JsonObject }[];
  notices: string[];
  usage: GenerateUsage;
  ended: GenerateEvent;
}

export class Inference {
  readonly folder = temporaryFolder();
  readonly #pending = new Map<number, Pending>();
  readonly #child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly output: Promise<string>;
  #number = 0;

  constructor() {
    const settings: HostSettings = { cacheFolder: this.folder, acceleration: "none" };
    this.#child = Bun.spawn([process.execPath, MAIN, "__inference"], {
      env: { ...process.env, MCPCHAT_INFERENCE: JSON.stringify(settings) },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      serialization: "json",
      ipc: (message: FromHost) => this.#hear(message),
    });
    this.output = Promise.all([
      new Response(this.#child.stdout).text(),
      new Response(this.#child.stderr).text(),
    ]).then((texts) => texts.join(""));
    onTestFinished(() => this.#child.kill("SIGKILL"));
  }

  /** Ends the channel; its exit code. */
  async end(): Promise<number> {
    this.#child.disconnect();
    return this.#child.exited;
  }

  /** Rejects with the problem that the process answers with. */
  call<Name extends Operation>(
    type: Name,
    given: Operations[Name]["given"],
    { onNews = () => {}, signal }: { onNews?: (news: News) => void; signal?: AbortSignal } = {},
  ): Promise<Operations[Name]["result"]> {
    const id = ++this.#number;
    const result = new Promise<unknown>((resolve, reject) => {
      this.#pending.set(id, { onNews, resolve, reject });
    });
    this.#child.send({ type, id, ...given });
    signal?.addEventListener("abort", () => this.#child.send({ type: "cancel", id }));
    return result as Promise<Operations[Name]["result"]>; // The protocol says which result each operation has.
  }

  /** Asks a loaded model; `onEvent` sees the events as they come. */
  async ask(
    path: string,
    messages: readonly Message[],
    more: Partial<GenerateRequest> = {},
    { onEvent = () => {}, signal }: { onEvent?: (event: GenerateEvent) => void; signal?: AbortSignal } = {},
  ): Promise<Answer> {
    const answer: Answer = {
      text: "",
      thinking: "",
      calls: [],
      notices: [],
      usage: { evaluated: -1, reused: -1, generated: -1 },
      ended: { type: "alive" },
    };
    const onNews = (news: News) => {
      if (news.type !== "event") return;
      const { event } = news;
      if (event.type === "text" || event.type === "thinking") answer[event.type] += event.text;
      if (event.type === "tool_call") answer.calls.push({ name: event.name, arguments: event.arguments });
      if (event.type === "notice") answer.notices.push(event.text);
      if (event.type === "usage") answer.usage = event.usage;
      onEvent(event);
    };
    const request = { path, load: {}, messages, tools: [], sampling: {}, ...more };
    answer.ended = await this.call("generate", { request }, { onNews, ...(signal && { signal }) });
    return answer;
  }

  #hear(message: FromHost): void {
    if (message.type === "ready") return;
    const pending = this.#pending.get(message.id);
    if (message.type === "news") pending?.onNews(message.news);
    if (message.type === "result") pending?.resolve(message.value);
    if (message.type === "problem") pending?.reject(message.problem);
  }
}

export function said(role: "user" | "assistant", text: string): Message {
  return { role, blocks: [{ type: "text", text }] };
}
