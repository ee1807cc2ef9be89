/** Stores and services as a supervisor would run them. */
import { onTestFinished } from "bun:test";
import path from "node:path";
import type { Message } from "../../src/lib/conversation.ts";
import type { Conversation, Store } from "../../src/session/port.ts";
import { sessionService } from "../../src/session/service.ts";
import { type OpenStore, openStore } from "../../src/session/store.ts";
import { storeService } from "../../src/session/store-service.ts";
import type { ChildSpec, Running } from "../../src/supervisor/spec.ts";
import { FakeClock } from "../fixtures/fake-clock.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

export function databaseFile(): string {
  return path.join(temporaryFolder(), "data", "mcpchat.db");
}

export function openedStore(file = databaseFile()): OpenStore {
  const store = openStore(file, new FakeClock());
  onTestFinished(() => store.close());
  return store;
}

export const say = (text: string, role: Message["role"] = "user"): Message => ({
  role,
  blocks: [{ type: "text", text }],
});

/** A supervised child without its supervisor: a test starts it, kills it, and starts it again. */
export class Child<H> {
  #running: Running<H> | undefined;
  #attempt = 0;

  constructor(readonly spec: ChildSpec<H>) {
    onTestFinished(() => this.#running?.stop("shutdown"));
  }

  get handle(): H {
    if (!this.#running) throw new Error(`${this.spec.id} is not running`);
    return this.#running.handle;
  }

  async start(): Promise<H> {
    const context = { path: "mcpchat", signal: new AbortController().signal, attempt: this.#attempt++ };
    const running = await this.spec.start(context);
    if (running === "ignore") throw new Error(`${this.spec.id} ignored its start`);
    this.#running = running;
    return running.handle;
  }

  async end(how: "stop" | "kill"): Promise<unknown> {
    const running = this.#running;
    if (how === "kill") running?.kill();
    else running?.stop("restart");
    this.#running = undefined;
    return running?.exited;
  }

  async killAndStart(): Promise<H> {
    await this.end("kill");
    return this.start();
  }
}

export class SessionRig {
  readonly clock = new FakeClock();
  readonly notices: string[] = [];
  readonly store: Child<Store>;
  readonly session: Child<Conversation>;

  constructor(readonly file = databaseFile()) {
    this.store = new Child(storeService({ file, clock: this.clock }));
    this.session = new Child(
      sessionService({
        store: () => this.store.handle,
        notify: (level, text) => this.notices.push(`${level}: ${text}`),
        clock: this.clock,
      }),
    );
  }

  static async started(file?: string): Promise<SessionRig> {
    const rig = new SessionRig(file);
    await rig.store.start();
    await rig.session.start();
    return rig;
  }
}

/** What was said, in order. */
export function texts(messages: readonly Message[]): string[] {
  return messages.map((message) =>
    message.blocks.map((block) => (block.type === "text" ? block.text : `[${block.type}]`)).join(""),
  );
}
