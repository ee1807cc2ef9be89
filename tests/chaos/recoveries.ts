/** How long what was killed takes to be there again. */
import type { SupervisionEvent } from "../../src/supervisor/spec.ts";
import type { Findings } from "./findings.ts";

export interface Recovery {
  /** `pipe` is a server that lives on with a pipe closed, `branch` a part of the tree that takes all servers along. */
  kind: "server" | "pipe" | "service" | "branch";
  ms: number;
  /** Of a server: its own start, from the new process to ready. */
  startMs?: number;
}

interface Pending {
  kind: Recovery["kind"];
  killedAt: number;
  isBack: () => boolean;
  path: string;
  /** Killed again from above meanwhile: it has to come back, but its time says nothing. */
  disturbed: boolean;
}

/** Far above any backoff: what is not back by then does not come. */
const DEADLINE_MS = 30_000;
const POLL_MS = 2;

export class Recoveries {
  readonly done: Recovery[] = [];
  /** All that came back, those whose time says nothing included. */
  count = 0;
  readonly #findings: Findings;
  readonly #pending = new Map<string, Pending>();
  /** When the present process of a server was started, by the place of its supervisor. */
  readonly #processStarts = new Map<string, number>();
  #timer: Timer | undefined;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  get allBack(): boolean {
    return this.#pending.size === 0;
  }

  isPending(path: string): boolean {
    return this.#pending.has(path);
  }

  /** `path` is the place of what was killed, or of its server; `isBack` is asked until it says so. */
  expect(kind: Recovery["kind"], path: string, isBack: () => boolean): void {
    for (const [below, pending] of this.#pending) {
      if (below.startsWith(`${path}/`)) pending.disturbed = true;
    }
    this.#pending.set(path, {
      kind,
      killedAt: performance.now(),
      isBack,
      path,
      disturbed: false,
    });
    this.#timer ??= setInterval(() => this.#look(), POLL_MS);
  }

  readonly hear = (event: SupervisionEvent): void => {
    if (event.type === "child_started" && event.id === "process")
      this.#processStarts.set(event.path, event.at);
  };

  stop(): void {
    clearInterval(this.#timer);
    for (const path of this.#pending.keys()) this.#findings.add(`${path} has not come back`);
  }

  #look(): void {
    const now = performance.now();
    for (const [path, pending] of this.#pending) {
      const ms = now - pending.killedAt;
      if (pending.isBack()) {
        this.#pending.delete(path);
        this.#back(pending, now);
      } else if (ms > DEADLINE_MS) {
        this.#pending.delete(path);
        this.#findings.add(`${path} has not come back within ${DEADLINE_MS / 1000} s`);
      }
    }
    if (this.#pending.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #back({ kind, path, killedAt, disturbed }: Pending, now: number): void {
    this.count++;
    if (disturbed) return;
    const startedAt = this.#processStarts.get(path);
    const own = kind === "server" && startedAt !== undefined && { startMs: now - startedAt };
    this.done.push({ kind, ms: now - killedAt, ...own });
  }
}
