/** What can go wrong with a model file, or with the process that runs it: one code each, as data, since it crosses a process. */
import { ExitCode, UserError } from "../lib/errors.ts";

export type ModelProblemCode =
  /** There is no such file, or it may not be read: a usage error. */
  | "missing"
  | "unreadable"
  /** The file is no model that can be run. */
  | "not_gguf"
  | "truncated"
  | "unsupported"
  | "too_large"
  | "load_failed"
  /** The request cannot be met by this model. */
  | "too_long"
  | "bad_schema"
  /** The process that runs models ended, or what it needs is not there. */
  | "crashed"
  | "natives"
  | "aborted"
  | "failed";

export interface ModelProblem {
  code: ModelProblemCode;
  /** One line: what happened. */
  message: string;
  advice?: string;
}

const EXIT: Record<ModelProblemCode, ExitCode> = {
  missing: ExitCode.usage,
  unreadable: ExitCode.usage,
  not_gguf: ExitCode.refused,
  truncated: ExitCode.refused,
  unsupported: ExitCode.refused,
  too_large: ExitCode.refused,
  load_failed: ExitCode.refused,
  too_long: ExitCode.refused,
  bad_schema: ExitCode.refused,
  crashed: ExitCode.unavailable,
  natives: ExitCode.configuration,
  aborted: ExitCode.unavailable,
  failed: ExitCode.unavailable,
};

export class ModelError extends UserError {
  override readonly name = "ModelError";
  constructor(
    readonly problem: ModelProblem,
    options?: ErrorOptions,
  ) {
    super(problem.message, problem.code, EXIT[problem.code], problem.advice, options);
  }
}

/** Any error as data for the other side. */
export function problemOf(error: unknown): ModelProblem {
  if (error instanceof ModelError) return error.problem;
  return { code: "failed", message: error instanceof Error ? error.message : String(error) };
}
