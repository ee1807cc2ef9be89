import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Flight, type Leave } from "../../../src/mcp/client/calls/flight.ts";
import { FakeClock, settled } from "../../fixtures/fake-clock.ts";

const SIGNAL = new AbortController().signal;

function setUp(most: number) {
  const clock = new FakeClock();
  const flight = new Flight(() => most, clock);
  /** Boards, and tells by name who got a place. */
  const went: string[] = [];
  const board = (name: string, server = "a", { limit = 2, waitMs = 1000, signal = SIGNAL } = {}) => {
    const place = flight.board({ server, most: limit, waitMs, signal });
    place.then(
      (leave) => went.push(leave ? name : `${name} late`),
      () => went.push(`${name} aborted`),
    );
    return place;
  };
  return { clock, flight, went, board };
}

const step = fc.oneof(
  fc.record({
    type: fc.constant("board" as const),
    server: fc.constantFrom("a", "b", "c"),
    waitMs: fc.integer({ min: 0, max: 50 }),
  }),
  fc.record({ type: fc.constantFrom("leave" as const, "abort" as const), which: fc.nat(20) }),
  fc.record({ type: fc.constant("pass" as const), ms: fc.integer({ min: 0, max: 30 }) }),
);

describe("calls in flight", () => {
  test("those of one server wait for each other, in their order", async () => {
    const { went, board } = setUp(10);
    const first = await board("1");
    void board("2");
    void board("3");
    void board("4");
    await settled();
    expect(went).toEqual(["1", "2"]);
    first?.();
    first?.();
    await settled();
    expect(went).toEqual(["1", "2", "3"]);
  });

  test("those of all servers do too, and who waits for its own server holds up nobody", async () => {
    const { went, board } = setUp(3);
    const first = await board("a1");
    void board("a2");
    void board("a3");
    const other = await board("b1", "b");
    void board("c1", "c");
    await settled();
    expect(went).toEqual(["a1", "a2", "b1"]);
    other?.();
    await settled();
    expect(went).toEqual(["a1", "a2", "b1", "c1"]);
    first?.();
    await settled();
    expect(went.at(-1)).toBe("a3");
  });

  test("who waits too long goes without, who is called off goes at once, and neither leaves a trace", async () => {
    const { clock, flight, went, board } = setUp(1);
    const first = await board("1");
    const off = new AbortController();
    void board("2", "a", { waitMs: 100 });
    void board("3", "b", { signal: off.signal });
    off.abort(new Error("called off"));
    await settled();
    expect(went).toEqual(["1", "3 aborted"]);
    await clock.advance(100);
    expect(went).toEqual(["1", "3 aborted", "2 late"]);
    first?.();
    expect(flight.load).toEqual({ inFlight: 0, waiting: 0 });
    expect(clock.pending).toBe(0);
    expect(flight.board({ server: "a", most: 1, waitMs: 1, signal: off.signal })).rejects.toThrow(
      "called off",
    );
  });

  test("never above the limits, first come first served, and nothing is left at the end", async () => {
    const property = fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.integer({ min: 1, max: 4 }),
      async (steps, most) => {
        const airport = new Airport(most);
        for (const action of steps) await airport.act(action);
        await airport.empty();
        expect(airport.flight.load).toEqual({ inFlight: 0, waiting: 0 });
        expect(airport.clock.pending).toBe(0);
      },
    );
    await fc.assert(property, { numRuns: 200 });
  });
});

type Action = typeof step extends fc.Arbitrary<infer A> ? A : never;

/** Plays random actions, and checks after each what has to hold. */
class Airport {
  readonly clock = new FakeClock();
  readonly flight: Flight;
  readonly #flying: { server: string; leave: Leave }[] = [];
  readonly #waiting: { server: string; number: number; abort: AbortController }[] = [];
  #numbers = 0;

  constructor(readonly most: number) {
    this.flight = new Flight(() => most, this.clock);
  }

  async act(action: Action): Promise<void> {
    if (action.type === "board") this.#board(action.server, action.waitMs);
    if (action.type === "leave")
      this.#flying.splice(action.which % (this.#flying.length || 1), 1)[0]?.leave();
    if (action.type === "abort") this.#waiting[action.which % (this.#waiting.length || 1)]?.abort.abort();
    if (action.type === "pass") await this.clock.advance(action.ms);
    await settled();
    this.#check();
  }

  /** Everybody who is let go leaves. */
  async empty(): Promise<void> {
    while (this.#flying.length > 0) await this.act({ type: "leave", which: 0 });
  }

  #board(server: string, waitMs: number): void {
    const call = { server, number: this.#numbers++, abort: new AbortController() };
    this.#waiting.push(call);
    const end = () => void this.#waiting.splice(this.#waiting.indexOf(call), 1);
    const place = { server, most: limitOf(server), waitMs, signal: call.abort.signal };
    this.flight.board(place).then((leave) => {
      end();
      if (!leave) return;
      const passed = this.#waiting.filter((other) => other.server === server && other.number < call.number);
      expect(passed).toEqual([]);
      this.#flying.push({ server, leave });
    }, end);
  }

  #check(): void {
    expect(this.#flying.length).toBeLessThanOrEqual(this.most);
    for (const server of ["a", "b", "c"]) {
      const calls = this.#flying.filter((call) => call.server === server).length;
      expect(calls).toBeLessThanOrEqual(limitOf(server));
    }
    expect(this.flight.load).toEqual({ inFlight: this.#flying.length, waiting: this.#waiting.length });
    // Nobody waits for whom there is room.
    for (const { server } of this.#waiting) expect(this.flight.hasRoom(server, limitOf(server))).toBe(false);
  }
}

function limitOf(server: string): number {
  return server.charCodeAt(0) - 96;
}
