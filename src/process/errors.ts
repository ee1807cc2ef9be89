/** A process that could not be started. `permanent` says that trying again cannot help: the file is not there. */
export class SpawnError extends Error {
  override readonly name = "SpawnError";
  readonly permanent: boolean;
  constructor(
    /** The system's word for it: ENOENT, EACCES, EMFILE, ... */
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.permanent = PERMANENT.has(code);
  }
}

/** What changes only when a person changes it; being out of processes, memory or files passes by itself. */
const PERMANENT: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "EACCES", "ENOEXEC", "E2BIG"]);

/** What a process has used in its life, its children that it has waited for included. */
export interface ResourceUse {
  cpuMs: number;
  /** Linux counts what our own process held at the start, so that it is an upper bound. */
  mostMemoryBytes: number;
}

/** A process that ended by itself with a code, or by a signal that we did not send. */
export class ProcessCrash extends Error {
  override readonly name = "ProcessCrash";
  constructor(
    readonly exitCode: number | undefined,
    readonly signal: string | undefined,
    /** The last lines of its stderr, oldest first, as it wrote them: not safe for a terminal. */
    readonly lastWords: readonly string[],
    readonly used?: ResourceUse,
  ) {
    super(signal === undefined ? `exit ${exitCode}` : `killed by ${signal}`);
  }
}

/** Input that a process did not take: it does not read (`timeout`), or its end of the pipe is gone (`closed`). */
export class WriteError extends Error {
  override readonly name = "WriteError";
  constructor(
    readonly reason: "timeout" | "closed",
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
