/** How long a run waits for servers that were not ready in the last one. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { type Clock, systemClock } from "../../src/lib/clock.ts";
import { toolListKey } from "../../src/mcp/client/tools/listkey.ts";
import { startMcp } from "./harness.ts";
import { rawServer, serverConfig } from "./servers.ts";

setDefaultTimeout(60_000);

const good = serverConfig("good", rawServer("good"));

test.each([
  ["a server that crashed", {}, {}, "ready"],
  ["a server that was waited for in vain", { waitedMs: 10_000 }, {}, "starting"],
  ["such a one that is named", { waitedMs: 10_000 }, { named: ["good"] }, "ready"],
  ["such a one, for a wait on purpose", { waitedMs: 30_000 }, { again: true }, "ready"],
])("last time, %s, is well now: %p, %p: %s", async (_, waited, wait, state) => {
  const problem = { tools: [], fetchedAt: Date.now(), problem: "no luck", ...waited };
  // As if a moment were long.
  const setTimer: Clock["setTimer"] = (ms, act) =>
    systemClock.setTimer(ms > 250 && ms <= 300 ? 15_000 : ms, act);
  const clock = { ...systemClock, setTimer };
  const lists = new Map([[toolListKey(good), problem]]);
  await using mcp = await startMcp([good], { lists, clock });
  await mcp.host.settle({ ms: 30_000, ...wait }, new AbortController().signal);
  expect(mcp.status("good").state).toBe(state as "starting" | "ready"); // The table holds these two.
});
