/**
 * The address on this machine at which a browser brings the answer of a login (RFC 8252, 7.3): there for one answer,
 * on the loopback alone, and what it says to the browser holds nothing of what it was asked.
 */
import { type Clock, systemClock } from "../../../lib/clock.ts";
import { settlesWithin } from "../../../lib/deadline.ts";
import { LoginFailed } from "./errors.ts";
import type { Callback } from "./login.ts";

export interface CallbackOptions {
  /** Shows the person where to decide. */
  show(url: URL, offer: Offer): void;
  clock?: Clock;
}

/** Takes an answer that came another way; false when it is not to this login. */
export type Offer = (answer: URLSearchParams) => boolean;

const HOST = "127.0.0.1";
const PATH = "/callback";
const PATIENCE_MS = 5 * 60_000;
const PARTING_MS = 1000;
const HEADERS = {
  "content-type": "text/plain; charset=utf-8",
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  connection: "close",
};

/**
 * Listens on the port, or on any free one; undefined when the port is taken. Throws LoginFailed when it may not be used.
 */
export function openCallback(port: number | undefined, options: CallbackOptions): Callback | undefined {
  const callback = new LoopbackCallback(options);
  return callback.listen(port) ? callback : undefined;
}

class LoopbackCallback implements Callback {
  readonly #options: CallbackOptions;
  readonly #answer = Promise.withResolvers<URLSearchParams>();
  #server: Bun.Server<undefined> | undefined;
  #state: string | undefined;
  #answered = false;

  constructor(options: CallbackOptions) {
    this.#options = options;
  }

  listen(port: number | undefined): boolean {
    try {
      this.#server = Bun.serve({
        hostname: HOST,
        port: port ?? 0,
        fetch: (request) => this.#take(request),
        error: () => reply(500, "Something went wrong."),
      });
      return true;
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "EADDRINUSE") return false;
      if (code === "EACCES" || code === "EADDRNOTAVAIL") throw unusablePort(port, code);
      throw error;
    }
  }

  get redirectUrl(): string {
    return `http://${HOST}:${this.#server?.port}${PATH}`;
  }

  async ask(url: URL, state: string, signal: AbortSignal): Promise<URLSearchParams> {
    const { show, clock = systemClock } = this.#options;
    this.#state = state;
    const late = new LoginFailed("nobody decided within 5 minutes", "late", "try again");
    const cancel = clock.setTimer(PATIENCE_MS, () => this.#answer.reject(late));
    const abort = () => this.#answer.reject(signal.reason);
    signal.addEventListener("abort", abort);
    try {
      signal.throwIfAborted();
      show(url, (answer) => this.#offer(answer));
      return await this.#answer.promise;
    } finally {
      cancel();
      signal.removeEventListener("abort", abort);
    }
  }

  /** The browser that brought the answer gets its page, though the process may be about to end. */
  async close(): Promise<void> {
    const { clock = systemClock } = this.#options;
    if (this.#server) await settlesWithin(this.#server.stop(), PARTING_MS, clock);
  }

  #take(request: Request): Response {
    // A page elsewhere can make a browser ask this address, but not under this name.
    if (request.headers.get("host") !== `${HOST}:${this.#server?.port}`) return reply(403, "Not here.");
    const { pathname, searchParams } = new URL(request.url);
    if (pathname !== PATH) return reply(404, "Not here.");
    if (request.method !== "GET") return reply(405, "Not so.");
    if (this.#answered) return reply(410, "This login is over.");
    if (!this.#offer(searchParams))
      return reply(400, "This is not the answer to the login that mcpchat waits for.");
    return reply(200, "mcpchat has the answer. You can close this page and go back to the terminal.");
  }

  #offer(answer: URLSearchParams): boolean {
    if (this.#answered || this.#state === undefined || answer.get("state") !== this.#state) return false;
    if (!answer.has("code") && !answer.has("error")) return false;
    this.#answered = true;
    this.#answer.resolve(answer);
    return true;
  }
}

function unusablePort(port: number | undefined, code: string): LoginFailed {
  const advice = port === undefined ? "" : "name another callback_port in the server's oauth table";
  const where = port === undefined ? HOST : `${HOST}:${port}`;
  return new LoginFailed(
    `the answer cannot be waited for at ${where} (${code})`,
    "refused",
    advice || undefined,
  );
}

function reply(status: number, text: string): Response {
  return new Response(`${text}\n`, { status, headers: HEADERS });
}
