/** The session that is in force, and the one that takes its place when the server has forgotten it. */
import type { RequestId } from "@modelcontextprotocol/client";
import { sleep } from "../../../lib/clock.ts";
import type { RemoteConfig } from "../config.ts";
import type { InnerOptions, InnerSession } from "./inner-session.ts";
import type { Initialize } from "./messages.ts";
import { openInnerSession } from "./opening.ts";
import { NotRenewed, renewSession } from "./session-renewal.ts";
import { refusalIn } from "./verdict.ts";

export interface SessionsOptions extends Omit<InnerOptions, "onClosed"> {
  /** The server had forgotten the session, which was begun again. */
  onRenewed: () => void;
}

const PING_MS = 5000;
/** A server that forgets each session as soon as it is begun would be asked for another one for ever. */
const MOST_RENEWALS = 5;
const RENEWALS_WITHIN_MS = 60_000;
/** Before the second in that time, and twice as long before each after it. */
const RENEWAL_WAIT_MS = 500;

export class Sessions {
  /** What began the session: begins it again. */
  initialize: Initialize | undefined;
  readonly #config: RemoteConfig;
  readonly #options: SessionsOptions;
  /** All that may still be open. */
  readonly #open = new Set<InnerSession>();
  #current: InnerSession | undefined;
  #renewal: Promise<InnerSession> | undefined;
  /** When the last sessions were begun again, on the monotonic clock. */
  #renewals: number[] = [];
  #protocolVersion: string | undefined;

  constructor(config: RemoteConfig, options: SessionsOptions) {
    this.#config = config;
    this.#options = options;
  }

  get current(): InnerSession | undefined {
    return this.#current;
  }

  /** Undefined until the handshake is over. */
  get protocolVersion(): string | undefined {
    return this.#protocolVersion;
  }

  setProtocolVersion(version: string): void {
    this.#protocolVersion = version;
    this.#current?.setProtocolVersion(version);
  }

  /** Starts the first one. Throws what its transport throws, and the reason of `closed` once that is aborted. */
  async begin(): Promise<void> {
    this.#current = await this.#make();
    await this.#current.start();
  }

  /** The one that takes messages; waits for one that is just begun again, whose failure its beginner hears. */
  async ready(): Promise<InnerSession> {
    if (this.#renewal) await this.#renewal.catch(() => {});
    this.#options.closed.throwIfAborted();
    if (!this.#current) throw new Error("the transport was not started");
    return this.#current;
  }

  /** Whether what went wrong on this session means that the server does not know it any more. */
  async isForgotten(session: InnerSession, error: unknown): Promise<boolean> {
    if (this.#protocolVersion === undefined || session.id === undefined) return false;
    const status = refusalIn(error)?.status;
    if (status === 404) return true;
    // Some servers say so of a session that they do not know, and of a request that makes no sense as well.
    return status === 400 && (session !== this.#current || !(await answersPing(session)));
  }

  /** The session after this one, which is begun if nobody has. Throws what keeps it from that. */
  renew(forgotten: InnerSession): Promise<InnerSession> {
    if (this.#current && this.#current !== forgotten) return Promise.resolve(this.#current);
    this.#renewal ??= this.#replace(forgotten).finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  /** Nobody waits for this answer any more. */
  settle(id: RequestId): void {
    for (const session of this.#open) session.settle(id);
  }

  /** Nothing is sent or received any more. */
  close(): void {
    for (const session of this.#open) void session.close();
    this.#open.clear();
  }

  async #replace(forgotten: InnerSession): Promise<InnerSession> {
    await this.#waitForTurn();
    const session = await this.#make();
    const { connectTimeoutMs } = this.#config;
    try {
      await renewSession(session, this.initialize, this.#protocolVersion, connectTimeoutMs);
    } catch (error) {
      void session.close();
      throw new NotRenewed("the session was forgotten and could not be begun again", { cause: error });
    }
    this.#options.closed.throwIfAborted();
    this.#current = session;
    forgotten.retire();
    this.#options.onRenewed();
    return session;
  }

  async #waitForTurn(): Promise<void> {
    const { clock, closed } = this.#options;
    const now = clock.now();
    this.#renewals = this.#renewals.filter((at) => now - at < RENEWALS_WITHIN_MS);
    const before = this.#renewals.length;
    if (before >= MOST_RENEWALS) {
      const cause = new Error(`it has forgotten ${before} others within a minute`);
      throw new NotRenewed("the session was forgotten once too often", { cause });
    }
    this.#renewals.push(now);
    if (before > 0) await sleep(RENEWAL_WAIT_MS * 2 ** (before - 1), closed, clock);
  }

  async #make(): Promise<InnerSession> {
    const session = await openInnerSession(this.#config, {
      ...this.#options,
      onClosed: (closed) => this.#open.delete(closed),
    });
    this.#options.closed.throwIfAborted();
    this.#open.add(session);
    return session;
  }
}

/** Whether the server still knows the session; one that says something else does. */
async function answersPing(session: InnerSession): Promise<boolean> {
  try {
    await session.ask("ping", {}, PING_MS);
    return true;
  } catch (error) {
    const status = refusalIn(error)?.status;
    return status !== 404 && status !== 400;
  }
}
