/**
 * Which era a server speaks, as far as it is known: asked once, remembered for a while, forgotten when it proves wrong.
 * Some servers of the older era exit when they are asked: their next start takes them for what they are, and nobody is
 * bothered with it.
 */

/** Not what a server said of itself: what it can do may be different by now, and it is asked for that each time. */
export interface KnownEra {
  kind: "modern" | "legacy";
}

/** Where verdicts outlive a run; keyed by what a server is, as its credentials say nothing about that. */
export interface EraMemory {
  get(key: string): RememberedEra | undefined;
  put(key: string, era: RememberedEra | undefined): void;
}

export interface RememberedEra {
  era: KnownEra;
  /** Milliseconds since the Unix epoch. */
  until: number;
}

/** A server that was updated is asked again within a day. */
const HOLDS_MS = 24 * 60 * 60_000;

/**
 * `asked_patiently`: neither answered the question soon enough nor spoke the older era, so that it may just be slow.
 * `unasked`: taken for the older era because there is no second try.
 */
type EraGuess = "remembered" | "asked" | "asked_patiently" | "assumed" | "unasked";

export class EraOf {
  readonly #key: string;
  readonly #memory: EraMemory | undefined;
  readonly #wall: () => number;
  #guess: EraGuess | undefined;
  /** As the memory has it, for where there is none. */
  #found: RememberedEra | undefined;

  constructor(key: string, memory: EraMemory | undefined, wall: () => number) {
    this.#key = key;
    this.#memory = memory;
    this.#wall = wall;
  }

  /**
   * What to begin the next session with: what is remembered, then a question, then the older era. A server
   * that gets one try only is not asked.
   */
  next(mayFail = true): KnownEra | undefined {
    if (!mayFail) {
      const known = this.#remembered();
      this.#guess = known ? "remembered" : "unasked";
      return known ?? { kind: "legacy" };
    }
    if (this.#guess === "assumed") {
      this.#guess = "asked_patiently";
      return undefined;
    }
    if (this.#guess === "asked" || this.isPatient) {
      this.#guess = "assumed";
      return { kind: "legacy" };
    }
    const remembered = this.#guess === undefined ? this.#remembered() : undefined;
    this.#guess = remembered ? "remembered" : "asked";
    return remembered;
  }

  /** Whether the next session waits longer for the answer to its question. */
  get isPatient(): boolean {
    return this.#guess === "asked_patiently";
  }

  /** The session has begun. */
  confirm(era: KnownEra): void {
    // A server that answers in the older era because nobody asked for the newer one may well speak that.
    const isKnown = this.#guess === "remembered" && era.kind === this.#remembered()?.kind;
    if (!isKnown && this.#guess !== "unasked") this.#remember({ era, until: this.#wall() + HOLDS_MS });
    // The next session of the same server begins with what is remembered, or what was just found.
    this.#guess = undefined;
  }

  /**
   * The session did not begin. True when that may be the fault of the guess, so that it is no news before the next try
   * has failed as well.
   */
  refute(): boolean {
    const mistaken = this.#guess === "remembered" || this.#guess === "asked";
    if (this.#guess === "remembered") this.#remember(undefined);
    return mistaken;
  }

  #remember(era: RememberedEra | undefined): void {
    this.#found = era;
    this.#memory?.put(this.#key, era);
  }

  #remembered(): KnownEra | undefined {
    const known = this.#memory?.get(this.#key) ?? this.#found;
    return known && known.until > this.#wall() ? known.era : undefined;
  }
}
