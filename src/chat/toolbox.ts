/** The tools of a turn: what the model is offered, and what becomes of its calls. */
import type { Block } from "../lib/conversation.ts";
import { nearest } from "../lib/nearest.ts";
import type { ToolDefinition } from "../llm/port.ts";
import type { CatalogueTool, McpHost, ToolOutcome } from "../mcp/client/port.ts";
import type { ToolRecord, TurnSink } from "./events.ts";
import { matchesTool } from "./permission.ts";
import type { Approve } from "./ports.ts";

type ToolCall = Block & { type: "tool_call" };
type ToolResult = Block & { type: "tool_result" };

export interface ToolboxOptions {
  host: McpHost;
  approve: Approve;
  /** Globs over `server/tool`; no globs means every tool. */
  only: readonly string[];
  /** Total milliseconds that a call to this server may take. */
  callTimeoutMs: (server: string) => number;
}

export interface CallReport {
  results: ToolResult[];
  records: ToolRecord[];
  denied: number;
}

export class Toolbox {
  readonly #options: ToolboxOptions;
  /** Questions to the user come one after the other, also when the model calls several tools at once. */
  #questions: Promise<unknown> = Promise.resolve();

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
    report.results = await Promise.all(calls.map((call) => this.#answer(call, report, sink, signal)));
    return report;
  }

  async #answer(
    call: ToolCall,
    report: CallReport,
    sink: TurnSink,
    signal: AbortSignal,
  ): Promise<ToolResult> {
    const tool = this.tools().find((candidate) => candidate.qualifiedName === call.name);
    if (!tool) return failure(call, this.#unknownTool(call.name));
    if (call.invalidArguments !== undefined) {
      return failure(call, `The arguments were not a JSON object: ${call.invalidArguments.slice(0, 200)}`);
    }
    const { server, name } = tool;
    await sink({ type: "tool_call", id: call.id, server, name, arguments: call.arguments });
    const permission = await this.#permit(tool, call, signal);
    if (!permission.allowed) {
      report.denied++;
      report.records.push({ server, name, arguments: call.arguments, ok: false, ms: 0 });
      await sink({ type: "tool_denied", id: call.id, server, name, reason: permission.reason });
      return failure(call, `This call was denied: ${permission.reason}.`);
    }
    return this.#perform(tool, call, report, sink, signal);
  }

  async #perform(
    tool: CatalogueTool,
    call: ToolCall,
    report: CallReport,
    sink: TurnSink,
    signal: AbortSignal,
  ): Promise<ToolResult> {
    const { server, name } = tool;
    const began = performance.now();
    const outcome = await this.#call(tool, call, sink, signal);
    const ms = Math.round(performance.now() - began);
    const ok = !outcome.isError;
    report.records.push({ server, name, arguments: call.arguments, ok, ms });
    await sink({ type: "tool_result", id: call.id, server, name, ok, ms, content: outcome.content });
    return { type: "tool_result", callId: call.id, content: outcome.content, isError: outcome.isError };
  }

  async #call(
    tool: CatalogueTool,
    call: ToolCall,
    sink: TurnSink,
    signal: AbortSignal,
  ): Promise<ToolOutcome> {
    const { host, callTimeoutMs } = this.#options;
    const { server, name } = tool;
    try {
      return await host.call(tool, call.arguments, {
        signal,
        timeoutMs: callTimeoutMs(server),
        onProgress: (progress) =>
          void sink({ type: "tool_progress", id: call.id, server, name, ...progress }),
      });
    } catch (error) {
      if (!signal.aborted) throw error;
      return { content: "The user interrupted this call; its outcome is unknown.", isError: true };
    }
  }

  async #permit(tool: CatalogueTool, call: ToolCall, signal: AbortSignal) {
    const ask = () => this.#options.approve(tool, call.arguments, signal);
    const permission = this.#questions.then(ask);
    this.#questions = permission.catch(() => {});
    try {
      return await permission;
    } catch (error) {
      if (!signal.aborted) throw error;
      return { allowed: false as const, reason: "the user interrupted the turn" };
    }
  }

  #unknownTool(name: string): string {
    const close = nearest(
      name,
      this.tools().map((tool) => tool.qualifiedName),
    );
    return close ? `There is no tool ${name}; did you mean ${close}?` : `There is no tool ${name}.`;
  }
}

function failure(call: ToolCall, content: string): ToolResult {
  return { type: "tool_result", callId: call.id, content, isError: true };
}
