/**
 * The requests of a run or a chat, and those in the store. Of a conversation that is not to be kept nothing is written,
 * unless there is a limit for the day, which it counts for: then its numbers are, and not whose they are.
 */
import type { AnsweredRequest } from "../chat/events.ts";
import { describeError } from "../lib/errors.ts";
import type { Spent } from "../pricing/port.ts";
import type { SpendingEntry, Store } from "../session/port.ts";
import type { App } from "./app.ts";

/** A conversation. */
interface Place {
  /** Absent until its first message. */
  id?: string;
  saved: boolean;
}

interface Own {
  entry: SpendingEntry;
  place: Place;
  /** `private`: it is not to be written. */
  state: "owed" | "written" | "private";
}

export class Ledger {
  readonly #app: App;
  readonly #own: Own[] = [];
  #place: Place = { saved: false };
  #hasTold = false;

  constructor(app: App) {
    this.#app = app;
  }

  /** Looks where a request that is about to be sent belongs: when it is answered, the session may be restarting. */
  locate(): void {
    this.#placeNow();
  }

  /** Writes a request down; what could not be written is written with the next one. Never throws. */
  add({ provider, model, usage, at }: AnsweredRequest): void {
    const place = this.#placeNow();
    const session = place.saved && place.id !== undefined ? { sessionId: place.id } : {};
    const entry = { ...session, provider, model, usage, at };
    this.#own.push({ entry, place, state: place.saved || this.#countsForDay() ? "owed" : "private" });
    this.#write(this.#app.services.current("store"));
  }

  /** Of this run or chat. */
  ofRun(): readonly Spent[] {
    return this.#own.map(({ entry }) => entry);
  }

  /** Of the conversation of this moment, before this run too. Throws StoreError. */
  async ofSession(): Promise<readonly Spent[]> {
    const { id, saved } = this.#placeNow();
    const own = this.#own.filter(({ place }) => place.id === id);
    if (!saved || id === undefined) return own.map(({ entry }) => entry);
    const stored = (await this.#store()).spending.entries({ sessionId: id });
    return [...stored, ...unwritten(own)];
  }

  /** Of everybody who uses the same database. Throws StoreError. */
  async since(moment: number): Promise<readonly Spent[]> {
    const stored = (await this.#store()).spending.entries({ since: moment });
    return [...stored, ...unwritten(this.#own).filter(({ at }) => at >= moment)];
  }

  async #store(): Promise<Store> {
    const store = await this.#app.services.need("store");
    this.#write(store);
    return store;
  }

  #write(store: Store | undefined): void {
    const owed = this.#own.filter(({ state }) => state === "owed");
    try {
      for (const own of store ? owed : []) {
        store?.spending.record(own.entry);
        own.state = "written";
      }
    } catch (error) {
      if (!this.#hasTold) {
        this.#app.notify("warn", `what was spent could not be written down: ${describeError(error)}`);
      }
      this.#hasTold = true;
    }
  }

  /** The last one that is known while the session is being restarted. */
  #placeNow(): Place {
    try {
      const info = this.#app.services.current("session")?.current();
      if (info) this.#place = { saved: info.saved, ...(info.id !== undefined && { id: info.id }) };
    } catch {
      // The store or the session is between two incarnations.
    }
    return this.#place;
  }

  #countsForDay(): boolean {
    return this.#app.services.current("config")?.current().limits.perDay !== undefined;
  }
}

function unwritten(own: readonly Own[]): readonly Spent[] {
  return own.filter(({ state }) => state !== "written").map(({ entry }) => entry);
}
