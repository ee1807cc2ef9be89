/**
 * The services of the root supervisor by name: each starts when it is first needed, after the services that it
 * needs itself, and whoever asks during a restart waits for the new incarnation instead of holding a dead handle.
 */
import { SupervisorError } from "../supervisor/errors.ts";
import type { ChildSpec, SupervisionEvent } from "../supervisor/spec.ts";
import type { Supervisor } from "../supervisor/supervisor.ts";

export interface ServiceDefinition<Name = string> {
  needs: readonly Name[];
  spec: ChildSpec;
}

export type Definitions<Services> = Record<keyof Services, ServiceDefinition<keyof Services & string>>;

/** After these, what somebody waits for may be there, or may be known not to come. */
const WAKING: ReadonlySet<SupervisionEvent["type"]> = new Set([
  "child_started",
  "child_exited",
  "start_failed",
  "supervisor_stopped",
]);

export class Registry<Services extends object> {
  readonly #root: Supervisor;
  readonly #definitions: Definitions<Services>;
  readonly #starting = new Map<keyof Services, Promise<void>>();
  readonly #waiting = new Set<() => void>();
  /** Handles that are dead, some of them before their supervisor has come to that message in its mailbox. */
  readonly #ended = new WeakSet<object>();

  constructor(root: Supervisor, definitions: Definitions<Services>) {
    this.#root = root;
    this.#definitions = definitions;
  }

  /** To be told of every event of the tree, so that those who wait for a restart wake up. */
  notice(event: SupervisionEvent): void {
    if (!WAKING.has(event.type)) return;
    for (const wake of [...this.#waiting]) wake();
  }

  /** The handle of a running service, started or waited for if need be. Throws what its first start threw. */
  async need<N extends keyof Services & string>(name: N): Promise<Services[N]> {
    let start = this.#starting.get(name);
    if (!start) {
      start = this.#start(name);
      this.#starting.set(name, start);
      start.catch(() => this.#starting.delete(name));
    }
    await start;
    return this.current(name) ?? this.#restarted(name);
  }

  /** The handle of a service that runs at this moment. */
  current<N extends keyof Services & string>(name: N): Services[N] | undefined {
    const handle = this.#root.whichChildren().find(({ id }) => id === name)?.handle;
    if (typeof handle === "object" && handle !== null && this.#ended.has(handle)) return undefined;
    return handle as Services[N] | undefined; // The definitions say which handle each name has.
  }

  async #start(name: keyof Services): Promise<void> {
    const { needs, spec } = this.#definitions[name];
    for (const needed of needs) await this.need(needed);
    try {
      await this.#root.startChild(this.#observed(spec));
    } catch (error) {
      throw error instanceof SupervisorError && error.code === "start_failed" ? error.cause : error;
    }
  }

  /** Throws what the start threw; somebody else may have been faster. */
  async #startAnew(name: keyof Services & string): Promise<void> {
    try {
      await this.#root.restartChild(name);
    } catch (error) {
      if (!(error instanceof SupervisorError)) throw error;
      if (error.code === "start_failed") throw error.cause;
      if (error.code !== "running" && error.code !== "restarting") throw error;
    }
  }

  #observed(spec: ChildSpec): ChildSpec {
    const start: ChildSpec["start"] = async (context) => {
      const running = await spec.start(context);
      if (running !== "ignore" && typeof running.handle === "object" && running.handle !== null) {
        const { handle } = running;
        void running.exited.then(() => this.#ended.add(handle));
      }
      return running;
    };
    return { ...spec, start };
  }

  /**
   * Restarts end: in a new incarnation, or, when the budget is spent, in the end of the root. A service that has ended
   * without ending the root, as one does that gives up by itself, is started anew.
   */
  async #restarted<N extends keyof Services & string>(name: N): Promise<Services[N]> {
    for (;;) {
      const handle = this.current(name);
      if (handle) return handle;
      const state = this.#root.whichChildren().find(({ id }) => id === name)?.state;
      if (state === undefined) throw new SupervisorError("stopped", `the service ${name} has stopped`);
      if (state === "stopped") {
        await this.#startAnew(name);
        continue;
      }
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
      });
    }
  }
}
