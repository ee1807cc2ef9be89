/** Servers that live and do nothing, and how they are found. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { startMcp } from "./harness.ts";
import { connect, eventually, rawServer, serverConfig } from "./servers.ts";

setDefaultTimeout(60_000);

const health = { everyMs: 50, timeoutMs: 200, misses: 2 };

test("a server that stops to answer is replaced, and told why", async () => {
  await using mcp = await startMcp([serverConfig("frozen", rawServer("frozen"))], { health });
  await mcp.ready("frozen");
  const hung = () =>
    mcp.events.some(
      (event) =>
        event.type === "child_exited" &&
        "error" in event.exit &&
        String(event.exit.error).includes("no sign of life"),
    );
  await eventually("the crash", hung);
  await eventually("the restart", () =>
    mcp.events.some((event) => event.type === "child_started" && event.attempt === 1),
  );
});

test("any answer is a sign of life, that the method is not known too", async () => {
  await using server = connect(rawServer("good"));
  await server.connection.ready;
  await server.connection.ping(new AbortController().signal);
});

test("a server that is busy with a call is not asked", async () => {
  await using server = connect(rawServer("silent"));
  await server.connection.ready;
  const call = server.connection.call(
    "echo",
    {},
    { signal: new AbortController().signal, idleMs: 300, totalMs: 300 },
  );
  await server.connection.ping(new AbortController().signal);
  expect(await call).toMatchObject({ isError: true });
});

test("no answer at all rejects when the signal aborts", async () => {
  await using server = connect(rawServer("mum"));
  await server.connection.ready;
  const late = new AbortController();
  const asked = server.connection.ping(late.signal).then(
    () => "alive",
    () => "no answer",
  );
  late.abort(new Error("late"));
  expect(await asked).toBe("no answer");
});
