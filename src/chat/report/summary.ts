/** The object of `--json`, which is also the last line of `-o ndjson`. Its keys are part of the contract. */
import { NO_USAGE } from "../../lib/conversation.ts";
import { InterruptedError, LimitError, type UserError } from "../../lib/errors.ts";
import type { Clean, RunSummary } from "./reporter.ts";

export function summaryObject(summary: RunSummary, clean: Clean): Record<string, unknown> {
  const { result, error } = summary;
  const answering = result?.by;
  const usage = result?.usage ?? NO_USAGE;
  return {
    session: summary.session ?? null,
    provider: answering?.provider ?? summary.provider ?? null,
    model: answering?.model ?? summary.model ?? null,
    text: clean(result?.text ?? "").replace(/\n+$/, ""),
    stop_reason: result?.stopReason ?? stopReasonOf(error),
    usage: {
      input: usage.input,
      output: usage.output,
      cache_read: usage.cacheRead,
      cache_write: usage.cacheWrite,
    },
    // Unknown is never zero.
    cost_usd: summary.costUsd ?? null,
    ttft_ms: result?.ttftMs ?? null,
    duration_ms: Math.round(summary.durationMs),
    tools: (result?.tools ?? []).map(({ server, name, arguments: args, ok, ms }) => ({
      server,
      name,
      arguments: args,
      ok,
      ms,
    })),
    servers: summary.servers.map(({ name, state, ms, error, problemLastTime }) => ({
      name,
      state,
      ms: Math.round(ms),
      error: error ?? problemLastTime ?? null,
    })),
    ...(result?.fallbacks && {
      fallbacks: result.fallbacks.map(({ from, to, reason }) => ({ from, to, reason: clean(reason) })),
    }),
    ...(summary.data !== undefined && { data: summary.data }),
    ...(error && { error: errorObject(error) }),
  };
}

function stopReasonOf(error: UserError | undefined): string {
  if (error instanceof InterruptedError) return "interrupted";
  return error instanceof LimitError ? "limit" : "error";
}

/** An error as JSON tells it. */
export function errorObject(error: UserError): Record<string, unknown> {
  return {
    code: error.code,
    message: error.message,
    ...(error.advice && { advice: error.advice }),
    exit_code: error.exitCode,
  };
}
