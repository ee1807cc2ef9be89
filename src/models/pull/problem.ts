/** What can go wrong with a download, as the one line that a user reads. */
import { ExitCode, UserError } from "../../lib/errors.ts";
import { fileErrorFrom } from "../../lib/file.ts";

export type PullProblem =
  /** The server says no. */
  | "auth"
  | "gated"
  | "not_found"
  | "refused"
  /** What the server has is not what it should be. */
  | "not_gguf"
  | "checksum"
  | "size"
  /** The server cannot be reached, or breaks off. */
  | "unavailable"
  /** There is no place for it. */
  | "too_large"
  | "no_room"
  | "disk"
  /** Somebody else is at it, or something else has its name. */
  | "busy"
  | "exists";

const EXIT: Record<PullProblem, ExitCode> = {
  auth: ExitCode.refused,
  gated: ExitCode.refused,
  not_found: ExitCode.refused,
  refused: ExitCode.refused,
  not_gguf: ExitCode.refused,
  checksum: ExitCode.refused,
  size: ExitCode.refused,
  unavailable: ExitCode.unavailable,
  too_large: ExitCode.refused,
  // As with the database: what is wrong is the user's own disk.
  no_room: ExitCode.configuration,
  disk: ExitCode.configuration,
  busy: ExitCode.usage,
  exists: ExitCode.usage,
};

interface PullErrorOptions extends ErrorOptions {
  advice?: string;
  /** Milliseconds that the server asks to wait before it is asked again. */
  askedMs?: number;
}

export class PullError extends UserError {
  override readonly name = "PullError";
  readonly askedMs: number | undefined;
  constructor(
    readonly problem: PullProblem,
    message: string,
    { advice, askedMs, ...options }: PullErrorOptions = {},
  ) {
    super(message, problem, EXIT[problem], advice, options);
    this.askedMs = askedMs;
  }
}

/** Only what may be over in a moment is worth trying again. */
export function isPassing(error: unknown): error is PullError {
  return error instanceof PullError && error.problem === "unavailable";
}

/** An error of the file system as what it means for the download of `file`. */
export function diskError(file: string, error: unknown): PullError {
  if (error instanceof PullError) return error;
  const problem = fileErrorFrom(file, error);
  const advice =
    problem.problem === "full"
      ? "make room and pull it again: what is there is kept"
      : problem.problem === "permission"
        ? "make the models folder writable, or name another one with models.folder"
        : undefined;
  return new PullError("disk", problem.message, { cause: error, ...(advice !== undefined && { advice }) });
}
