/** One request to a server under its limits; what can go wrong is sorted by class. */
import type { Client, Progress, RequestOptions } from "@modelcontextprotocol/client";
import type { Clock } from "../../../lib/clock.ts";
import { InterruptedError } from "../../../lib/errors.ts";
import { ConnectionLost, RequestFailed, RequestTimedOut } from "../errors.ts";
import type { CallOptions } from "../port.ts";
import type { Prepared } from "../requests/prepare.ts";
import { escapeInvisible } from "../text.ts";
import { wordsFor } from "./sdk-words.ts";
import { type Standstill, startLimit } from "./standstill.ts";

export interface RequestLimits {
  signal: AbortSignal;
  /** Milliseconds without an answer or a sign of progress. */
  idleMs: number;
  /** Milliseconds for the whole request. */
  totalMs: number;
  /** What a person is told was the limit, where `totalMs` is the rest of it. */
  wholeMs?: number;
  onProgress?: CallOptions["onProgress"];
}

/** What a request needs of a connection. `lost` resolves with the reason once it is over. */
export interface Session {
  client: Client;
  lost: Promise<ConnectionLost>;
  still: Standstill;
  clock: Clock;
  /** What goes with the answers to what the server asks of us; absent where nothing was prepared. */
  prepared?: Prepared;
}

/** The SDK's own limit counts on while the user is asked something: ours end a request, its never does. */
const NEVER_MS = 2 ** 31 - 1;

/**
 * Makes a request. Throws the signal's reason when it aborts, RequestTimedOut, ConnectionLost, or RequestFailed with
 * what the server (or the SDK) said; the server is told that nobody waits any more in the first two cases.
 */
export async function request<T>(
  session: Session,
  work: (client: Client, options: RequestOptions) => Promise<T>,
  limits: RequestLimits,
): Promise<T> {
  const { signal, idleMs, totalMs, wholeMs = totalMs } = limits;
  signal.throwIfAborted();
  // One controller, and a listener that goes with the request, cost half of `AbortSignal.any` (measured).
  const end = new AbortController();
  let timedOut: RequestTimedOut | undefined;
  // The reason goes to the server, as text.
  const abort = () =>
    end.abort(signal.reason instanceof InterruptedError ? "interrupted by the user" : "given up");
  signal.addEventListener("abort", abort);
  const start = (ms: number, told = ms) =>
    startLimit(ms, session.still, session.clock, () => {
      if (!end.signal.aborted) timedOut = new RequestTimedOut(told);
      end.abort("timed out");
    });
  const total = start(totalMs, wholeMs);
  const idle = idleMs < totalMs ? start(idleMs) : undefined;
  try {
    return await work(session.client, {
      signal: end.signal,
      timeout: NEVER_MS,
      // Without a listener the SDK asks for no progress.
      onprogress: (progress) => {
        idle?.renew();
        limits.onProgress?.(readableProgress(progress));
      },
    });
  } catch (error) {
    if (timedOut) throw timedOut;
    signal.throwIfAborted();
    throw await explain(session, error);
  } finally {
    signal.removeEventListener("abort", abort);
    total.cancel();
    idle?.cancel();
  }
}

function readableProgress({ progress, total, message }: Progress) {
  return {
    progress,
    ...(total !== undefined && { total }),
    ...(message !== undefined && { message: escapeInvisible(message) }),
  };
}

async function explain({ client, lost }: Session, error: unknown): Promise<Error> {
  if (error instanceof ConnectionLost) return error;
  if (!client.transport) return lost;
  return new RequestFailed(await wordsFor(error), { cause: error });
}
