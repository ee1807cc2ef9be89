/** What goes wrong with a model inside the executable, as an error of a provider. Pure. */
import type { UserError } from "../../lib/errors.ts";
import { ModelError, type ModelProblemCode } from "../../models/problem.ts";
import { ProviderError, type ProviderErrorKind, type RetryRule } from "../errors.ts";

const KIND: Readonly<Record<ModelProblemCode, ProviderErrorKind>> = {
  missing: "not_found",
  unreadable: "not_found",
  not_gguf: "bad_request",
  truncated: "bad_request",
  unsupported: "bad_request",
  too_large: "bad_request",
  load_failed: "bad_request",
  too_long: "too_long",
  bad_schema: "bad_request",
  crashed: "cut_off",
  natives: "bad_request",
  aborted: "aborted",
  failed: "server",
};

/**
 * The error for what the branch of models said. Only a process that ended is worth another attempt, and that only
 * while nothing of the answer was shown. Code and exit code stay those of the problem.
 */
export function failureOf(error: UserError): ProviderError {
  const { message, advice, code, exitCode } = error;
  const problem = error instanceof ModelError ? error.problem.code : "failed";
  const retry: RetryRule = problem === "crashed" ? "unseen" : "no";
  return new ProviderError(KIND[problem], message, {
    cause: error,
    retry,
    code,
    exitCode,
    ...(advice === undefined ? {} : { advice }),
  });
}
