/**
 * One server as mcpchat uses it: a connection through its own link, a login where one is asked for, and the connection
 * or the call again, as a person would try again.
 */

import { systemClock } from "../../src/lib/clock.ts";
import type { JsonObject } from "../../src/lib/conversation.ts";
import type { RemoteConfig } from "../../src/mcp/client/config.ts";
import type { ToolOutcome } from "../../src/mcp/client/port.ts";
import { remoteLink } from "../../src/mcp/client/remote/link.ts";
import { createPrepare } from "../../src/mcp/client/requests/prepare.ts";
import { type Connection, openConnection } from "../../src/mcp/client/session/connection.ts";
import { EraOf } from "../../src/mcp/client/session/eras.ts";
import type { ToolDescription } from "../../src/mcp/client/tools/tools.ts";
import type { Running } from "../../src/supervisor/spec.ts";
import type { Account } from "./account.ts";
import { counterpart } from "./counterpart.ts";

/** How often in all a person logs in before giving up. */
const MOST_LOGINS = 3;
/** The suite starts all its clients at once. */
const CONNECT_MS = 60_000;
const CALL_MS = 60_000;

export class Visit {
  tools: ToolDescription[] = [];
  readonly #config: RemoteConfig;
  readonly #account: Account;
  #era = newEra();
  readonly #prepare = createPrepare(counterpart);
  #running: Running<Connection> | undefined;
  #lost = false;
  #logins = 0;

  constructor(config: RemoteConfig, account: Account) {
    this.#config = config;
    this.#account = account;
  }

  /** Connects, and logs in where the server asks for it. Throws the last reason when nothing helps. */
  async connect(): Promise<void> {
    for (;;) {
      try {
        return await this.#connectOnce();
      } catch (error) {
        if (this.#account.takeLoginNeeded()) await this.#login(error);
        // What a supervised restart does: the era may have been guessed wrong.
        else if (!this.#era.refute()) throw error;
      }
    }
  }

  /** Calls a tool, and again after a login that it turned out to need. */
  async call(name: string, args: JsonObject = {}): Promise<ToolOutcome> {
    for (;;) {
      const outcome = await this.#callOnce(name, args);
      if (!this.#account.takeLoginNeeded()) return outcome;
      await this.#login(new Error(outcome.content));
      if (this.#lost) await this.connect();
    }
  }

  /** Asks for anything but a tool. */
  ask<T>(work: Parameters<typeof this.connection.ask<T>>[0]): Promise<T> {
    return this.connection.ask(work, limits());
  }

  get connection(): Connection {
    if (!this.#running) throw new Error("not connected");
    return this.#running.handle;
  }

  close(): void {
    this.#running?.stop("shutdown");
  }

  async #connectOnce(): Promise<void> {
    const era = this.#era.next();
    const { auth } = this.#account;
    const running = openConnection(remoteLink(this.#config, { clock: systemClock, auth }), {
      clientInfo: { name: "mcpchat", version: "0.0.0" },
      connectTimeoutMs: CONNECT_MS,
      ...(era && { era }),
      prepare: (client, still) => this.#prepare(this.#config, client, still),
      onTools: (tools) => {
        this.tools = tools;
      },
      onComplaint: (text) => console.error(`the server ${text}`),
      lastTry: false,
    });
    this.#running = running;
    this.#lost = false;
    void running.exited.then(() => {
      if (this.#running === running) this.#lost = true;
    });
    await running.handle.ready;
    if (running.handle.greeting) this.#era.confirm(running.handle.greeting.era);
  }

  async #callOnce(name: string, args: JsonObject): Promise<ToolOutcome> {
    try {
      return await this.connection.call(name, args, limits());
    } catch (error) {
      // A connection that ended because of a missing login is opened again after it.
      return { content: String(error), isError: true };
    }
  }

  async #login(reason: unknown): Promise<void> {
    if (++this.#logins > MOST_LOGINS) throw reason;
    await this.#account.login();
    // A server that somebody starts again begins anew.
    this.#era = newEra();
  }
}

function newEra(): EraOf {
  return new EraOf("server", undefined, () => Date.now());
}

function limits() {
  return { signal: AbortSignal.timeout(CALL_MS), idleMs: CALL_MS, totalMs: CALL_MS };
}
