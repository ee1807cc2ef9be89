/**
 * The children of one supervisor, in the order in which they were declared or added: plain records and the views
 * that calls ask for.
 */
import { SupervisorError } from "./errors.ts";
import type { ChildCounts, ChildInfo, ChildSpec, ChildState, Exit, Running } from "./spec.ts";

export interface Child {
  readonly spec: ChildSpec;
  state: ChildState;
  /** Grows with each start and each end: an exit or a timer that carries an older one is ignored. */
  incarnation: number;
  running?: Running<unknown>;
  restarts: number;
  /** Restarts since it last ran stably; the exponent of its backoff. */
  backoffStep: number;
  startedAt?: number;
  lastExit?: Exit;
  nextTryAt?: number;
  cancelRetry?: () => void;
  stopProbe?: () => void;
}

export function newChild(spec: ChildSpec): Child {
  return { spec, state: "stopped", incarnation: 0, restarts: 0, backoffStep: 0 };
}

/** An end, asked for or not. After stable running the next backoff begins anew. */
export function recordEnd(child: Child, exit: Exit, now: number): void {
  const ranFor = now - (child.startedAt ?? now);
  if (ranFor >= (child.spec.backoff?.resetMs ?? 0)) child.backoffStep = 0;
  child.stopProbe?.();
  delete child.stopProbe;
  child.incarnation++;
  child.state = "stopped";
  child.lastExit = exit;
  delete child.running;
  delete child.startedAt;
}

export function forgetRetry(child: Child): void {
  child.cancelRetry?.();
  delete child.cancelRetry;
  delete child.nextTryAt;
}

export class ChildTable {
  /** A map keeps the order in which its keys came, and finds one of thousands at once. */
  readonly #children = new Map<string, Child>();

  get all(): Iterable<Child> {
    return this.#children.values();
  }

  find(id: string): Child | undefined {
    return this.#children.get(id);
  }

  /** Throws SupervisorError `not_found`. */
  get(id: string): Child {
    const child = this.find(id);
    if (!child) throw new SupervisorError("not_found", `there is no child ${id}`);
    return child;
  }

  /** As `get`; throws SupervisorError `running` or `restarting` too. */
  getStopped(id: string): Child {
    const child = this.get(id);
    if (child.state === "stopped") return child;
    const code = child.state === "restarting" ? "restarting" : "running";
    throw new SupervisorError(code, `${id} is ${code}`);
  }

  /** Throws SupervisorError `already_started`, `already_present`, or `max_children`. */
  refuseDuplicate(id: string, maxChildren = Number.POSITIVE_INFINITY): void {
    const present = this.find(id);
    if (present?.state === "stopped") throw new SupervisorError("already_present", `${id} is there, stopped`);
    if (present) throw new SupervisorError("already_started", `${id} has started already`);
    if (this.#children.size >= maxChildren) {
      throw new SupervisorError("max_children", `there are ${maxChildren} children already`);
    }
  }

  add(child: Child): void {
    this.#children.set(child.spec.id, child);
  }

  /** Forgets the child; nothing of the dead is retained. */
  remove(child: Child): void {
    this.#children.delete(child.spec.id);
  }

  describe(): ChildInfo[] {
    return Array.from(this.#children.values(), describeChild);
  }

  count(): ChildCounts {
    const children = [...this.all];
    const supervisors = children.filter((child) => child.spec.type === "supervisor").length;
    const active = children.filter((child) => child.running).length;
    return { specs: children.length, active, supervisors, workers: children.length - supervisors };
  }
}

function describeChild(child: Child): ChildInfo {
  return {
    id: child.spec.id,
    type: child.spec.type,
    state: child.state,
    restarts: child.restarts,
    ...(child.startedAt !== undefined && { startedAt: child.startedAt }),
    ...(child.lastExit && { lastExit: child.lastExit }),
    ...(child.nextTryAt !== undefined && { nextTryAt: child.nextTryAt }),
    ...(child.running && { handle: child.running.handle }),
  };
}
