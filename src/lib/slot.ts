/** The place of a service that comes and goes, for those who need one that runs. */
import type { Clock } from "./clock.ts";
import { Condition } from "./condition.ts";

/** The service that a caller waited on has ended; unless that is `final`, the caller may ask its successor. */
export class ServiceGone extends Error {
  override readonly name = "ServiceGone";
  constructor(
    message: string,
    readonly final: boolean,
  ) {
    super(message);
  }
}

/** How long callers wait for a service that restarts; it takes a few milliseconds unless everything ends. */
const SUCCESSOR_WAIT_MS = 5000;

/** The place of a service that may be restarted: callers hold on to the place, not to the service. */
export class Slot<S> {
  readonly #condition: Condition;
  #current: S | undefined;

  constructor(clock: Clock) {
    this.#condition = new Condition(clock);
  }

  /** The service that was put here last, though it may have ended. */
  get current(): S | undefined {
    return this.#current;
  }

  put(service: S): void {
    this.#current = service;
    this.#condition.changed();
  }

  /**
   * Runs `work` with the service, and again with its successor if the service ends meanwhile, which `work` tells by
   * throwing ServiceGone. Throws ServiceGone if no successor comes, or the signal's reason.
   */
  async use<T>(work: (service: S) => Promise<T>, signal: AbortSignal): Promise<T> {
    let gone: S | undefined;
    for (;;) {
      const look = () => (this.#current === gone ? undefined : this.#current);
      const service = await this.#condition.until(look, SUCCESSOR_WAIT_MS, signal);
      if (service === undefined) throw new ServiceGone("the service does not run", true);
      try {
        return await work(service);
      } catch (error) {
        if (!(error instanceof ServiceGone) || error.final) throw error;
        gone = service;
      }
    }
  }
}
