/**
 * What a provider sends faster than it is dealt with. One packet may hold hundreds of pieces of four letters, and each
 * costs a way through guards, store and terminal: past the first ones, the pieces of a packet are put together.
 */
import type { ModelEvent } from "./port.ts";
import type { Wire } from "./wire.ts";

/**
 * So many events of one read pass as they are: whoever sends no more at once is followed letter by letter. After a read
 * of more, none of the next do.
 */
const LOOSE = 16;
/** The characters that an event put together has at most, or a piece more. */
const LONGEST = 16 * 1024;

/** The events that `read` makes of the chunks, in their order; it waits for nothing that is not there already. */
export async function* inBursts(
  chunks: AsyncIterable<unknown>,
  read: (chunk: unknown) => readonly ModelEvent[],
  wire: Pick<Wire, "reads" | "starved">,
): AsyncGenerator<ModelEvent> {
  const iterator = chunks[Symbol.asyncIterator]();
  const burst = new Burst();
  let isWaiting = false;
  try {
    for (;;) {
      const { starved } = wire;
      const next = iterator.next();
      isWaiting = true;
      if (burst.isHolding && !(await comesFirst(next, starved))) yield* burst.release();
      const { done, value } = await next;
      isWaiting = false;
      if (done) return yield* burst.release();
      for (const event of read(value)) yield* burst.take(event, wire.reads);
    }
  } finally {
    // A stream that hangs ends when its request is aborted, and whoever leaves does not wait for that.
    const ended = iterator.return?.().catch(() => {});
    if (!isWaiting) await ended;
  }
}

/** Whether the next chunk is there before more has to be read for it. */
function comesFirst(next: Promise<unknown>, starved: Promise<void>): Promise<boolean> {
  const yes = () => true;
  const no = () => false;
  return Promise.race([next.then(yes, no), starved.then(no)]);
}

/** An event that is put together of pieces. */
type Growing = Extract<ModelEvent, { type: "text" | "thinking" | "tool_call_arguments" }>;

class Burst {
  #held: Growing | undefined;
  /** Joined only when they go out: a text grown piece by piece would keep each of them in memory. */
  #pieces: string[] = [];
  #size = 0;
  #read = 0;
  /** How many events the read has had so far, and how many may pass. */
  #count = 0;
  #loose = LOOSE;

  get isHolding(): boolean {
    return this.#held !== undefined;
  }

  /** What can go out now that `event` has come, with the read of that number. */
  *take(event: ModelEvent, read: number): Generator<ModelEvent> {
    if (read !== this.#read) this.#begin(read);
    this.#count++;
    if (!isGrowing(event) || this.#count <= this.#loose) {
      yield* this.release();
      return yield event;
    }
    if (this.#held && !continues(this.#held, event)) yield* this.release();
    const piece = pieceOf(event);
    this.#held = event;
    this.#pieces.push(piece);
    this.#size += piece.length;
    if (this.#size >= LONGEST) yield* this.release();
  }

  #begin(read: number): void {
    this.#loose = this.#count > LOOSE ? 0 : LOOSE;
    this.#count = 0;
    this.#read = read;
  }

  *release(): Generator<ModelEvent> {
    const held = this.#held;
    if (!held) return;
    const whole = this.#pieces.join("");
    this.#held = undefined;
    this.#pieces = [];
    this.#size = 0;
    yield held.type === "tool_call_arguments" ? { ...held, delta: whole } : { ...held, text: whole };
  }
}

function isGrowing(event: ModelEvent): event is Growing {
  return event.type === "text" || event.type === "thinking" || event.type === "tool_call_arguments";
}

function pieceOf(event: Growing): string {
  return event.type === "tool_call_arguments" ? event.delta : event.text;
}

/** Whether one event can say what both say; a signature ends its thought. */
function continues(held: Growing, event: Growing): boolean {
  if (held.type === "tool_call_arguments") return event.type === held.type && event.id === held.id;
  return event.type === held.type && !("signature" in held);
}
