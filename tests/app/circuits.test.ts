/** The circuits as a service: what they know outlives them, and the tree shows it. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { type Circuits, circuitsService } from "../../src/app/circuits.ts";
import { describeTree, renderTree } from "../../src/app/tree-view.ts";
import { describeError } from "../../src/lib/errors.ts";
import type { CircuitBreaker } from "../../src/resilience/circuit-breaker.ts";
import { startSupervisor } from "../../src/supervisor/start.ts";
import { FakeClock } from "../fixtures/fake-clock.ts";
import type { RecordedRequest } from "../fixtures/model-server/record.ts";
import { fails, says } from "../fixtures/model-server/script.ts";
import { startRig } from "./rig.ts";

setDefaultTimeout(60_000);

const KEY = { provider: "openai", baseUrl: "https://api.openai.com/v1", model: "gpt-5" };

async function startCircuits() {
  const clock = new FakeClock();
  const running = await circuitsService(clock, () => 0).start({
    signal: new AbortController().signal,
    attempt: 0,
    path: "test",
  });
  if (running === "ignore") throw new Error("it has work to do");
  return { clock, circuits: running.handle };
}

function fail(circuit: CircuitBreaker, times: number, why = "it is overloaded"): void {
  for (let n = 0; n < times; n++) {
    const admission = circuit.admit();
    if (!("tell" in admission)) throw new Error(`refused: ${admission.reason}`);
    admission.tell({ type: "failed", why });
  }
}

describe("circuits", () => {
  test("belong to a provider, an address and a model", async () => {
    const { circuits } = await startCircuits();
    const others = [{ provider: "own" }, { baseUrl: "http://gpu:8000/v1" }, { model: "gpt-5-mini" }];
    expect(circuits.of({ ...KEY })).toBe(circuits.of({ ...KEY }));
    for (const other of others) expect(circuits.of({ ...KEY, ...other })).not.toBe(circuits.of(KEY));
  });

  test("know which models of an address take only plainer requests", async () => {
    const { circuits } = await startCircuits();
    circuits.plain(KEY).add("gpt-5");
    expect([...circuits.plain({ ...KEY })]).toEqual(["gpt-5"]);
    for (const other of [{ provider: "own" }, { baseUrl: "http://gpu:8000/v1" }]) {
      expect(circuits.plain({ ...KEY, ...other }).size).toBe(0);
    }
  });

  test("show their state, the next try and what failed", async () => {
    const { circuits, clock } = await startCircuits();
    fail(circuits.of(KEY), 5);
    await clock.advance(5000);
    expect(circuits.parts()).toEqual([
      { id: "openai/gpt-5", state: "open", next_try_ms: 10_000, last_exit: "it is overloaded" },
    ]);
    await clock.advance(10_000);
    expect(circuits.parts()).toEqual([{ id: "openai/gpt-5", state: "open", last_exit: "it is overloaded" }]);
    circuits.of(KEY).admit();
    expect(circuits.parts()).toMatchObject([{ state: "half-open" }]);
  });

  test("of the same name are told apart by their host, and by no more of the address", async () => {
    const { circuits } = await startCircuits();
    for (const baseUrl of [KEY.baseUrl, "http://user:secret@gpu:8000/v1?key=secret"]) {
      circuits.of({ ...KEY, baseUrl });
    }
    expect(circuits.parts().map(({ id }) => id)).toEqual([
      "openai/gpt-5 at api.openai.com",
      "openai/gpt-5 at gpu:8000",
    ]);
  });
});

test("the tree has a line for each", async () => {
  const clock = new FakeClock();
  const spec = circuitsService(clock, () => 0);
  const root = await startSupervisor("root", { children: [spec], clock });
  // The handle of the only child, which is this service.
  const handle = () => root.whichChildren()[0]?.handle as Circuits;
  fail(handle().of(KEY), 5);
  handle().of({ ...KEY, model: "gpt-5-mini" });
  const lines = () => renderTree({ ...describeTree(root, clock.now(), describeError), pid: 42 }).split("\n");
  const expected = [
    expect.stringMatching(/^ {3}├─ openai\/gpt-5 +open +15\.0 s +it is overloaded$/),
    expect.stringMatching(/^ {3}└─ openai\/gpt-5-mini +closed$/),
    "",
  ];
  expect(lines().slice(3)).toEqual(expected);
  root.killChild("circuits");
  while (root.whichChildren()[0]?.restarts !== 1 || handle() === undefined) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(lines().slice(3)).toEqual(expected);
  await root.stop();
});

describe("in a run", () => {
  test("nothing of it is started before a model is asked", async () => {
    await using rig = await startRig();
    expect(rig.app.services.current("circuits")).toBeUndefined();
    await rig.ask("hello");
    expect(rig.app.services.current("circuits")?.parts()).toEqual([{ id: "loop/hello", state: "closed" }]);
  });

  test("an open circuit outlives its service, and refuses at once what was refused before", async () => {
    await using rig = await startRig({ script: [fails("overloaded")] });
    await rig.ask("one");
    expect((await rig.ask("two")).error).toMatchObject({ code: "overloaded" });
    await rig.kill("circuits");
    const { error, events } = await rig.ask("three");
    expect(error).toMatchObject({ code: "circuit_open", exitCode: 5 });
    expect(error?.message).toContain("the last failure: loop/hello is overloaded");
    expect(events.filter(({ type }) => type === "retry")).toEqual([]);
    expect(rig.model.requests).toHaveLength(5);
    expect(rig.app.tree().children?.find(({ id }) => id === "circuits")).toMatchObject({
      restarts: 1,
      children: [{ id: "loop/hello", state: "open", next_try_ms: expect.any(Number) }],
    });
  });

  test("what a model refused is not sent again in the next turn, though the service was killed between", async () => {
    const script = ({ body }: RecordedRequest) =>
      body.response_format ? fails("bad_request") : says('{"n":1}');
    await using rig = await startRig({ script });
    const schema = { type: "object", properties: { n: { type: "number" } }, required: ["n"] };
    await rig.ask("one", { schema });
    await rig.kill("circuits");
    expect((await rig.ask("two", { schema })).result?.text).toBe('{"n":1}');
    expect(rig.model.requests.map(({ body }) => "response_format" in body)).toEqual([true, false, false]);
  });
});
