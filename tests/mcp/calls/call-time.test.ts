/** The time of one call across its tries, against connections that do what the test says. */
import { expect, test } from "bun:test";
import { Flight } from "../../../src/mcp/client/calls/flight.ts";
import { callWithReplay, type Way } from "../../../src/mcp/client/calls/replay.ts";
import { ConnectionLost } from "../../../src/mcp/client/errors.ts";
import type { CatalogueTool } from "../../../src/mcp/client/port.ts";
import type { Connection } from "../../../src/mcp/client/session/connection.ts";
import type { RequestLimits } from "../../../src/mcp/client/session/request.ts";
import { Standstill } from "../../../src/mcp/client/session/standstill.ts";
import { FakeClock, settled } from "../../fixtures/fake-clock.ts";
import { serverConfig } from "../servers.ts";

const TOOL: CatalogueTool = {
  server: "server",
  name: "tool",
  qualifiedName: "server__tool",
  description: "",
  inputSchema: {},
  annotations: { readOnlyHint: true },
};
const DONE = { content: "done", isError: false };
const died = () => new ConnectionLost("process_ended", "the server's process ended");

/** A server with these connections, one after the other; a call may take a second. */
function setUp(...works: ((still: Standstill, clock: FakeClock) => Promise<void>)[]) {
  const clock = new FakeClock();
  const given: RequestLimits[] = [];
  const connections = works.map((work) => {
    const still = new Standstill(clock);
    // Of a connection nothing but this is used.
    return {
      get stoodStillMs() {
        return still.totalMs;
      },
      async call(_name: string, _args: object, limits: RequestLimits) {
        given.push(limits);
        await work(still, clock);
        return DONE;
      },
    } as unknown as Connection;
  });
  const config = serverConfig("server", [], { trusted: true, maxCalls: 1 });
  const way: Way = {
    clock,
    flight: new Flight(() => 32, clock),
    async reach(_server, { except }) {
      const connection = connections[except ? connections.indexOf(except) + 1 : 0];
      return connection ? { connection, config, changed: [] } : { refusal: "server server failed" };
    },
  };
  const signal = new AbortController().signal;
  return { clock, given, call: () => callWithReplay(way, TOOL, {}, { signal, timeoutMs: 1000 }) };
}

const pass = (clock: FakeClock, ms: number) =>
  new Promise<void>((resolve) => {
    clock.setTimer(ms, resolve);
  });

test("a second try has what the first one left, without what a person took to answer", async () => {
  const { clock, given, call } = setUp(
    async (still, time) => {
      await pass(time, 300);
      await still.during(() => pass(time, 240_000));
      throw died();
    },
    async () => {},
  );
  const outcome = call();
  await clock.advance(241_000);
  expect(await outcome).toEqual({ ...DONE, replayed: true });
  expect(given.map(({ totalMs, wholeMs }) => [totalMs, wholeMs])).toEqual([
    [1000, 1000],
    [700, 1000],
  ]);
});

test("a call without time for a second try has an unknown outcome, and says so", async () => {
  const { clock, given, call } = setUp(
    async (_still, time) => {
      await pass(time, 1500);
      throw died();
    },
    async () => {},
  );
  const outcome = call();
  await clock.advance(2000);
  expect(await outcome).toMatchObject({
    outcomeUnknown: true,
    content: expect.stringContaining("Now there is no time left for this call."),
  });
  expect(given).toHaveLength(1);
});

test("calls behind one that waits for a person wait for it, and have their own time after that", async () => {
  let calls = 0;
  const { clock, call } = setUp(async (still, time) => {
    if (++calls === 1) await still.during(() => pass(time, 60_000));
  });
  const first = call();
  await settled();
  const second = call();
  await clock.advance(60_000);
  expect(await Promise.all([first, second])).toEqual([DONE, DONE]);
});

test("calls behind one that is merely slow are given up in their time", async () => {
  const { clock, call } = setUp((_still, time) => pass(time, 60_000));
  const first = call();
  await settled();
  const second = call();
  await clock.advance(1000);
  expect(await second).toMatchObject({ content: expect.stringContaining("was busy with other calls") });
  await clock.advance(60_000);
  expect(await first).toEqual(DONE);
});
