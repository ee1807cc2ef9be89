/** The bytes of an answer as they come, bounded in silence. */
import { startWatchdog } from "../../resilience/watchdog.ts";
import { PullError } from "./problem.ts";
import type { Network, Opened } from "./request.ts";

/**
 * Yields pieces until the end. Throws PullError `unavailable` when the connection breaks or falls silent, and what the
 * signal says. The request is over when the loop is, however it ended.
 */
export async function* readBody(
  { clock, quietMs }: Network,
  url: URL,
  opened: Opened,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const watchdog = startWatchdog({ firstMs: quietMs, quietMs }, signal, clock);
  const reader = opened.response.body?.getReader();
  try {
    while (reader) {
      const waited = await watchdog.wait(reader.read());
      signal.throwIfAborted();
      if (waited.kind === "expired") throw silent(url, quietMs);
      const { done, value } = waited.value;
      if (done) return;
      yield value;
    }
  } catch (error) {
    signal.throwIfAborted();
    // What the consumer throws does not come here: a generator is only told to return.
    throw error instanceof PullError ? error : broken(url, error);
  } finally {
    watchdog.stop();
    opened.close();
  }
}

/** The whole text of an answer of at most `mostBytes`. Throws as `readBody` does, and PullError `refused` for more. */
export async function readText(
  network: Network,
  url: URL,
  opened: Opened,
  { mostBytes, signal }: { mostBytes: number; signal: AbortSignal },
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of readBody(network, url, opened, signal)) {
    bytes += chunk.length;
    if (bytes > mostBytes)
      throw new PullError("refused", `${url.origin} answers with more than was asked for`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

const KEPT = { advice: "try again: what is there is kept" };

function broken({ origin }: URL, cause: unknown): PullError {
  return new PullError("unavailable", `${origin} broke off the connection`, { ...KEPT, cause });
}

function silent({ origin }: URL, quietMs: number): PullError {
  return new PullError("unavailable", `${origin} has sent nothing for ${Math.round(quietMs / 1000)} s`, KEPT);
}
