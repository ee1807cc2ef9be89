/**
 * Errors that a user may see. Each class stands for one row of the exit code table in the contract; code is
 * sorted by class and `code`, never by the text of a message.
 */

/** The exit codes of the contract (README, "Exit codes"). */
export const ExitCode = {
  success: 0,
  bug: 1,
  usage: 2,
  configuration: 3,
  refused: 4,
  unavailable: 5,
  serverNotReady: 6,
  tool: 7,
  limit: 8,
  schema: 9,
  interrupted: 130,
  closedOutput: 141,
  terminated: 143,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/**
 * An error with a place in the exit code table. `message` says what happened, `advice` what to do about it;
 * together they make the one line that the user reads.
 */
export class UserError extends Error {
  override readonly name: string = "UserError";
  constructor(
    message: string,
    /** A short stable word for scripts: `usage`, `config_invalid`, `auth`, `overloaded`, ... */
    readonly code: string,
    readonly exitCode: ExitCode,
    readonly advice?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export class UsageError extends UserError {
  override readonly name = "UsageError";
  constructor(message: string, advice?: string) {
    super(message, "usage", ExitCode.usage, advice);
  }
}

export class ConfigurationError extends UserError {
  override readonly name = "ConfigurationError";
  constructor(message: string, advice?: string, options?: ErrorOptions) {
    super(message, "configuration", ExitCode.configuration, advice, options);
  }
}

export class ServerNotReadyError extends UserError {
  override readonly name = "ServerNotReadyError";
  constructor(message: string, advice?: string) {
    super(message, "server_not_ready", ExitCode.serverNotReady, advice);
  }
}

export class ToolError extends UserError {
  override readonly name = "ToolError";
  constructor(message: string, code: "tool_failed" | "tool_denied", advice?: string) {
    super(message, code, ExitCode.tool, advice);
  }
}

export class LimitError extends UserError {
  override readonly name = "LimitError";
  constructor(message: string, code: "max_turns" | "max_cost" | "timeout", advice?: string) {
    super(message, code, ExitCode.limit, advice);
  }
}

export class SchemaError extends UserError {
  override readonly name = "SchemaError";
  constructor(message: string, advice?: string) {
    super(message, "schema", ExitCode.schema, advice);
  }
}

/** The reason of an AbortSignal that the user, or a signal to the process, has fired. */
export class InterruptedError extends UserError {
  override readonly name = "InterruptedError";
  constructor(readonly signal: "SIGINT" | "SIGTERM" | "SIGHUP" = "SIGINT") {
    super(
      signal === "SIGINT" ? "interrupted" : "terminated",
      signal === "SIGINT" ? "interrupted" : "terminated",
      signal === "SIGINT" ? ExitCode.interrupted : ExitCode.terminated,
    );
  }
}

/** The one line a user reads: what happened; what to do. */
export function describeError(error: unknown): string {
  if (error instanceof UserError) return error.advice ? `${error.message}; ${error.advice}` : error.message;
  if (error instanceof Error) return error.message || error.name;
  return String(error);
}
