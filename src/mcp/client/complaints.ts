/** What there is to say against a server. */
import type { Notify } from "../../lib/notice.ts";
import { oneLine } from "./text.ts";

/** In one run; each is a line on somebody's screen. */
const MOST = 20;

/**
 * Tells each complaint once, and not many: a server that restarts all the time, or thinks of something new each time, is
 * heard no more.
 */
export class Complaints {
  readonly #notify: Notify;
  readonly #told = new Set<string>();

  constructor(notify: Notify) {
    this.#notify = notify;
  }

  /** Takes the end of a sentence that begins with the server. Nothing in it is trusted. */
  tell(server: string, text: string): void {
    const line = oneLine(`server ${server} ${text}`);
    if (this.#told.has(line) || this.#told.size >= MOST) return;
    this.#told.add(line);
    this.#notify("warn", line);
  }
}
