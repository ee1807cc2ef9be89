import { describe, expect, test } from "bun:test";
import { createRelister } from "../../../src/mcp/client/tools/relist.ts";
import { FakeClock, settled } from "../../fixtures/fake-clock.ts";

/** A relister whose fetches end when the test says so. */
function setUp() {
  const clock = new FakeClock();
  const fetches: PromiseWithResolvers<void>[] = [];
  const fetch = () => {
    const fetching = Promise.withResolvers<void>();
    fetches.push(fetching);
    return fetching.promise;
  };
  return { clock, fetches, relister: createRelister(fetch, { debounceMs: 50, leastMs: 1000 }, clock) };
}

describe("fetching a changed list again", () => {
  test("a burst of changes is one fetch", async () => {
    const { clock, fetches, relister } = setUp();
    for (let change = 0; change < 10; change += 1) relister.changed();
    await clock.advance(50);
    expect(fetches).toHaveLength(1);
    fetches[0]?.resolve();
    await clock.advance(1000);
    expect(fetches).toHaveLength(1);
  });

  test("a change during a fetch brings one more, after it", async () => {
    const { clock, fetches, relister } = setUp();
    relister.changed();
    await clock.advance(50);
    relister.changed();
    relister.changed();
    await clock.advance(1000);
    expect(fetches).toHaveLength(1);
    fetches[0]?.resolve();
    await settled();
    await clock.advance(50);
    expect(fetches).toHaveLength(2);
  });

  test("a flood of changes is a fetch a second; after a quiet time the next is at once", async () => {
    const { clock, fetches, relister } = setUp();
    for (let ms = 0; ms < 10_000; ms += 10) {
      relister.changed();
      await clock.advance(10);
      fetches.at(-1)?.resolve();
    }
    expect(fetches).toHaveLength(10);
    await clock.advance(5000);
    // The last changes of the flood are not lost.
    expect(fetches).toHaveLength(11);
    fetches.at(-1)?.resolve();
    await clock.advance(1000);
    relister.changed();
    await clock.advance(50);
    expect(fetches).toHaveLength(12);
  });

  test("nothing is fetched after the end", async () => {
    const { clock, fetches, relister } = setUp();
    relister.changed();
    relister.stop();
    relister.changed();
    await clock.advance(1000);
    expect(fetches).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
