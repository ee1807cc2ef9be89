/** The tools of a turn: what the model is offered, and what becomes of its calls. */
import type { Block } from "../lib/conversation.ts";
import { describeError, LimitError, UserError } from "../lib/errors.ts";
import { nearest } from "../lib/nearest.ts";
import { singleLine } from "../lib/text-layout.ts";
import type { ToolDefinition } from "../llm/port.ts";
import type { CatalogueTool, McpHost } from "../mcp/client/port.ts";
import { escapeInvisible } from "../mcp/client/text.ts";
import type { ToolRecord, TurnSink } from "./events.ts";
import { matchesTool } from "./permission.ts";
import type { Approve } from "./ports.ts";
import { fitMedia, type ResultMedia } from "./result-media.ts";

type ToolCall = Block & { type: "tool_call" };
type ToolResult = Block & { type: "tool_result" };

export interface ToolboxOptions {
  host: McpHost;
  approve: Approve;
  /** Globs over `server/tool`; no globs means every tool. */
  only: readonly string[];
  /** Total milliseconds that a call to this server may take. */
  callTimeoutMs: (server: string) => number;
  /** Milliseconds of that for its server to become ready; all of it when absent. */
  waitMs?: number;
  /** Told of each call as it ends, so that a crash later in the turn does not lose it. */
  record?: (record: ToolRecord) => void;
}

export interface CallReport {
  results: ToolResult[];
  records: ToolRecord[];
  denied: number;
}

/** What the calls of one answer share. */
interface CallRun {
  report: CallReport;
  sink: TurnSink;
  signal: AbortSignal;
}

const LONGEST_NOTICE = 1000;

export class Toolbox {
  readonly #options: ToolboxOptions;

  constructor(options: ToolboxOptions) {
    this.#options = options;
  }

  tools(): CatalogueTool[] {
    const { host, only } = this.#options;
    const all = host.tools();
    return only.length === 0 ? all : all.filter((tool) => only.some((glob) => matchesTool(glob, tool)));
  }

  definitions(): ToolDefinition[] {
    return this.tools().map(({ qualifiedName, description, inputSchema }) => ({
      name: qualifiedName,
      description,
      inputSchema,
    }));
  }

  /** Runs the calls in parallel and answers each of them, whatever happens: a call without a result is refused by every provider. */
  async run(calls: readonly ToolCall[], sink: TurnSink, signal: AbortSignal): Promise<CallReport> {
    const report: CallReport = { results: [], records: [], denied: 0 };
    report.results = await Promise.all(calls.map((call) => this.#answer(call, { report, sink, signal })));
    return report;
  }

  async #answer(call: ToolCall, run: CallRun): Promise<ToolResult> {
    const { sink, signal } = run;
    try {
      const tool = this.tools().find((candidate) => candidate.qualifiedName === call.name);
      const flaw = this.#flawOf(call, tool);
      if (tool && flaw === undefined) return await this.#judge(tool, call, run);
      await sink({ type: "tool_invalid", id: call.id, name: call.name, reason: flaw ?? "" });
      return failure(call, flaw ?? "");
    } catch (error) {
      if (!(error instanceof UserError) || signal.aborted) return this.#interrupted(call, error, signal);
      // The other calls go on, and the model hears of this one.
      return failure(call, `This call could not be made: ${describeError(error)}`);
    }
  }

  #interrupted(call: ToolCall, error: unknown, signal: AbortSignal): ToolResult {
    if (!signal.aborted) throw error;
    const { reason } = signal;
    const event =
      reason instanceof LimitError
        ? `This call was given up, as the whole answer was ${reason.message}`
        : "The user interrupted this call";
    return failure(call, `${event}; its outcome is unknown.`);
  }

  /** Why a call cannot be made at all; undefined when it can. */
  #flawOf(call: ToolCall, tool: CatalogueTool | undefined): string | undefined {
    if (!tool) return this.#unknownTool(call.name);
    if (call.invalidArguments === undefined) return undefined;
    return `The arguments were not a JSON object: ${call.invalidArguments.slice(0, 200).toWellFormed()}`;
  }

  async #judge(tool: CatalogueTool, call: ToolCall, run: CallRun): Promise<ToolResult> {
    const { report, sink, signal } = run;
    const { server, name } = tool;
    await sink({ type: "tool_call", id: call.id, server, name, arguments: call.arguments });
    const permission = await this.#options.approve(tool, call.arguments, signal);
    if (permission.allowed) return this.#perform(tool, call, run);
    report.denied++;
    this.#record(report, { server, name, arguments: call.arguments, ok: false, ms: 0 });
    await sink({ type: "tool_denied", id: call.id, server, name, reason: permission.reason });
    return failure(call, `This call was denied: ${permission.reason}.`);
  }

  async #perform(tool: CatalogueTool, call: ToolCall, run: CallRun): Promise<ToolResult> {
    const { report, sink, signal } = run;
    const { server, name } = tool;
    const { host, callTimeoutMs, waitMs } = this.#options;
    const began = performance.now();
    const {
      content,
      isError,
      forUser,
      media = [],
    } = await host.call(tool, call.arguments, {
      signal,
      timeoutMs: callTimeoutMs(server),
      ...(waitMs !== undefined && { waitMs }),
      onProgress: (progress) =>
        forget(sink({ type: "tool_progress", id: call.id, server, name, ...progress })),
    });
    const ms = Math.round(performance.now() - began);
    this.#record(report, { server, name, arguments: call.arguments, ok: !isError, ms });
    await sink({ type: "tool_result", id: call.id, server, name, ok: !isError, ms, content });
    if (forUser !== undefined) await sink({ type: "notice", text: noticeOf(server, name, forUser) });
    const result: ToolResult = { type: "tool_result", callId: call.id, content, isError };
    return media.length === 0 ? result : withMedia(result, await fitMedia(media));
  }

  #record(report: CallReport, record: ToolRecord): void {
    report.records.push(record);
    this.#options.record?.(record);
  }

  #unknownTool(name: string): string {
    const objection = this.#options.host.objection(name);
    if (objection !== undefined) return `${objection}.`;
    const close = nearest(
      name,
      this.tools().map((tool) => tool.qualifiedName),
    );
    return close ? `There is no tool ${name}; did you mean ${close}?` : `There is no tool ${name}.`;
  }
}

function withMedia(result: ToolResult, { media, remarks }: ResultMedia): ToolResult {
  const content = [result.content, ...remarks.map(escapeInvisible)].join("\n");
  return { ...result, content, ...(media.length > 0 && { media }) };
}

/** A line of what a tool has for the user and not for the model. */
function noticeOf(server: string, name: string, text: string): string {
  // A text of megabytes is not measured to its end.
  return `${server}/${name}: ${singleLine(text.slice(0, 2 * LONGEST_NOTICE), LONGEST_NOTICE)}`;
}

/** Progress is told as it comes; if it cannot be written, the next thing that is awaited says so. */
function forget(told: void | Promise<void>): void {
  if (told) told.catch(() => {});
}

/** Names of tools are in it, which are their servers'. */
function failure(call: ToolCall, content: string): ToolResult {
  return { type: "tool_result", callId: call.id, content: escapeInvisible(content), isError: true };
}
