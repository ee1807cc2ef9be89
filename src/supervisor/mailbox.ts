/**
 * One message after the other. Whatever changes a supervisor's state goes through its mailbox, so no handler ever
 * sees another one's half-done work.
 */
import { presentAncestry } from "./ancestry.ts";

export class Mailbox {
  readonly #asOwner = presentAncestry();
  #tail: Promise<unknown> = Promise.resolve();

  /** Runs `work` after everything posted before it; settles as `work` does. A failure does not stop what follows. */
  post<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(() => this.#asOwner(work));
    this.#tail = result.then(ignore, ignore);
    return result;
  }
}

function ignore(): void {}
