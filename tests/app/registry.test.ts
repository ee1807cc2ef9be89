import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { Registry, type ServiceDefinition } from "../../src/app/registry.ts";
import type { ChildSpec, Exit, SupervisionEvent } from "../../src/supervisor/spec.ts";
import { startSupervisor } from "../../src/supervisor/start.ts";

setDefaultTimeout(30_000);

interface Counter {
  number: number;
}

/** A service whose handle says which incarnation it is; `before` is called at each start and may fail it. */
class Service {
  starts = 0;
  end: (exit: Exit) => void = () => {};
  readonly spec: ChildSpec<Counter>;

  constructor(id: string, before: (start: number) => void | Promise<void> = () => {}) {
    this.spec = {
      id,
      restart: "permanent",
      shutdown: 1000,
      type: "worker",
      start: async () => {
        const number = ++this.starts;
        await before(number);
        const exit = Promise.withResolvers<Exit>();
        this.end = exit.resolve;
        const end = (kind: "shutdown" | "killed") => () => exit.resolve({ kind });
        return { handle: { number }, exited: exit.promise, stop: end("shutdown"), kill: end("killed") };
      },
    };
  }
}

interface Pair {
  one: Counter;
  two: Counter;
}

type Definition = ServiceDefinition<keyof Pair>;

async function registryOf(one: Definition, two: Definition) {
  let registry: Registry<Pair> | undefined;
  const listener = (event: SupervisionEvent) => registry?.notice(event);
  const root = await startSupervisor("root", { listener });
  registry = new Registry<Pair>(root, { one, two });
  return { registry, root };
}

describe("the registry", () => {
  test("starts a service when it is first needed, once, after those that it needs", async () => {
    const order: string[] = [];
    const one = new Service("one", () => void order.push("one"));
    const two = new Service("two", () => void order.push("two"));
    const { registry, root } = await registryOf(
      { needs: [], spec: one.spec },
      { needs: ["one"], spec: two.spec },
    );
    expect(order).toEqual([]);
    expect(registry.current("one")).toBeUndefined();
    const [first, second] = await Promise.all([
      registry.need("two"),
      registry.need("two"),
      registry.need("one"),
    ]);
    expect(first).toBe(second);
    expect(order).toEqual(["one", "two"]);
    expect(registry.current("one")).toEqual({ number: 1 });
    await root.stop();
  });

  test("a first start that fails is told as it was thrown, and tried again at the next need", async () => {
    const refusal = new RangeError("not yet");
    const one = new Service("one", (start) => {
      if (start === 1) throw refusal;
    });
    const two = new Service("two");
    const { registry, root } = await registryOf(
      { needs: [], spec: one.spec },
      { needs: ["one"], spec: two.spec },
    );
    const needs = [registry.need("two"), registry.need("one")];
    expect(await Promise.allSettled(needs)).toEqual([
      { status: "rejected", reason: refusal },
      { status: "rejected", reason: refusal },
    ]);
    expect(await registry.need("two")).toEqual({ number: 1 });
    expect([one.starts, two.starts]).toEqual([2, 1]);
    await root.stop();
  });

  test("who asks during a restart gets the new incarnation", async () => {
    const gate = Promise.withResolvers<void>();
    const one = new Service("one", (start) => (start === 2 ? gate.promise : undefined));
    const { registry, root } = await registryOf(
      { needs: [], spec: one.spec },
      { needs: [], spec: new Service("two").spec },
    );
    await registry.need("one");
    root.killChild("one");
    const waiting = Promise.all([registry.need("one"), registry.need("one")]);
    gate.resolve();
    expect(await waiting).toEqual([{ number: 2 }, { number: 2 }]);
    await root.stop();
  });

  test("a handle is dead from the moment its service is, whatever else the supervisor is busy with", async () => {
    const gate = Promise.withResolvers<void>();
    const one = new Service("one");
    const two = new Service("two", () => gate.promise);
    const { registry, root } = await registryOf({ needs: [], spec: one.spec }, { needs: [], spec: two.spec });
    await registry.need("one");
    const starting = registry.need("two");
    root.killChild("one");
    const waiting = registry.need("one");
    await Promise.resolve();
    expect(registry.current("one")).toBeUndefined();
    gate.resolve();
    expect(await waiting).toEqual({ number: 2 });
    await starting;
    await root.stop();
  });

  test("who waits is told when the service has crashed too often", async () => {
    const one = new Service("one", (start) => {
      if (start > 1) throw new Error("never again");
    });
    const { registry, root } = await registryOf(
      { needs: [], spec: one.spec },
      { needs: [], spec: new Service("two").spec },
    );
    await registry.need("one");
    one.end({ kind: "crash", error: new Error("boom") });
    await expect(registry.need("one")).rejects.toMatchObject({ code: "stopped" });
    await expect(registry.need("two")).rejects.toMatchObject({ code: "stopped" });
    expect(await root.exited).toEqual({ kind: "shutdown" });
  });

  test("a service that gave up by itself is started anew by the next who need it", async () => {
    const one = new Service("one");
    const { registry, root } = await registryOf(
      { needs: [], spec: { ...one.spec, restart: "transient" } },
      { needs: [], spec: new Service("two").spec },
    );
    await registry.need("one");
    one.end({ kind: "shutdown" });
    expect(await Promise.all([registry.need("one"), registry.need("one")])).toEqual([
      { number: 2 },
      { number: 2 },
    ]);
    await root.stop();
  });

  test("everybody is told why it does not start anew, and may try again", async () => {
    const refusal = new RangeError("not yet");
    const one = new Service("one", (start) => {
      if (start === 2 || start === 3) throw refusal;
    });
    const { registry, root } = await registryOf(
      { needs: [], spec: { ...one.spec, restart: "transient" } },
      { needs: [], spec: new Service("two").spec },
    );
    await registry.need("one");
    one.end({ kind: "shutdown" });
    const rejected = { status: "rejected", reason: refusal } as const;
    const needs = [registry.need("one"), registry.need("one")];
    expect(await Promise.allSettled(needs)).toEqual([rejected, rejected]);
    expect(await registry.need("one")).toEqual({ number: 4 });
    await root.stop();
  });

  test("who waits is told when everything is stopped", async () => {
    const one = new Service("one", (start) => (start === 2 ? new Promise(() => {}) : undefined));
    const slow = { ...one.spec, shutdown: "brutal_kill" as const };
    const { registry, root } = await registryOf(
      { needs: [], spec: slow },
      { needs: [], spec: new Service("two").spec },
    );
    await registry.need("one");
    root.killChild("one");
    const waiting = registry.need("one");
    await root.stop();
    await expect(waiting).rejects.toMatchObject({ code: "stopped" });
  });
});
