/** Standard output: the answer and nothing else. */
import { ExitCode, UserError } from "../lib/errors.ts";

/** The part of Bun's FileSink that is needed; a test replaces it. */
export interface OutputSink {
  write(text: string): number | Promise<number>;
  flush(): number | Promise<number>;
}

export interface OutputOptions {
  /** Called once when whoever read the output has gone (`| head`): the run is to end quietly with 141. */
  onClosed(): void;
  sink?: OutputSink;
}

/** A reader that has gone, or a stream that was never open. */
const GONE: ReadonlySet<string> = new Set(["EPIPE", "EBADF", "ECONNRESET"]);

/**
 * Returns the function that writes to standard output: in the order of the calls, each resolving when the system has
 * taken the text, so that a slow reader slows the writer down. After the reader has gone it does nothing. Rejects with
 * UserError when the text cannot be written, as on a full disk.
 */
export function openOutput({ onClosed, sink }: OutputOptions): (text: string) => Promise<void> {
  let target = sink;
  let closed = false;
  let last: Promise<void> = Promise.resolve();

  const writeNow = async (text: string) => {
    if (closed || text === "") return;
    try {
      target ??= Bun.stdout.writer();
      await target.write(text);
      await target.flush();
    } catch (error) {
      if (!GONE.has(errorCode(error))) throw cannotWrite(error);
      closed = true;
      onClosed();
    }
  };

  return (text) => {
    const written = last.then(() => writeNow(text));
    // A failure is told to the one who wrote; whoever writes next tries again.
    last = written.catch(() => {});
    return written;
  };
}

function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function cannotWrite(error: unknown): UserError {
  const what = `cannot write to standard output (${errorCode(error) || String(error)})`;
  return new UserError(what, "output", ExitCode.usage, "check the disk or whatever reads it", {
    cause: error,
  });
}
