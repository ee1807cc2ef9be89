import { describe, expect, test } from "bun:test";
import type { ChildSpec, Exit } from "../../src/supervisor/spec.ts";
import { startSupervisor, supervisorSpec } from "../../src/supervisor/start.ts";
import type { Supervisor } from "../../src/supervisor/supervisor.ts";
import { settled } from "../fixtures/fake-clock.ts";

/** A child whose handle runs what it is given as a part of the child's own life. */
function worker(
  id: string,
  onStart: () => Promise<unknown> = async () => {},
): ChildSpec<(work: () => void) => void> {
  return {
    id,
    restart: "permanent",
    shutdown: 1000,
    type: "worker",
    async start() {
      await onStart();
      const exit = Promise.withResolvers<Exit>();
      const inbox = Promise.withResolvers<() => void>();
      void inbox.promise.then((work) => work());
      const end = () => exit.resolve({ kind: "shutdown" });
      return { handle: (work) => inbox.resolve(work), exited: exit.promise, stop: end, kill: end };
    },
  };
}

/** What a call says that the child `id` makes from within. */
async function fromWithin(supervisor: Supervisor, id: string, call: () => Promise<unknown>): Promise<string> {
  const said = Promise.withResolvers<string>();
  const work = () => {
    call().then(
      () => said.resolve("done"),
      (error) => said.resolve(error.code),
    );
  };
  const handle = supervisor.whichChildren().find((child) => child.id === id)?.handle as (
    work: () => void,
  ) => void;
  handle(work);
  return said.promise;
}

describe("a child that calls its supervisor from within", () => {
  test("is told when it would wait for its own end", async () => {
    const supervisor = await startSupervisor("root", { children: [worker("a"), worker("b"), worker("c")] });
    expect(await fromWithin(supervisor, "a", () => supervisor.terminateChild("a"))).toBe("self_termination");
    expect(await fromWithin(supervisor, "b", () => supervisor.stop())).toBe("self_termination");
    expect(await fromWithin(supervisor, "c", () => supervisor.terminateChild("a"))).toBe("done");
    await supervisor.stop();
  });

  test("is told by an ancestor too", async () => {
    const inner = supervisorSpec("inner", { children: [worker("a")] });
    const root = await startSupervisor("root", { children: [inner] });
    const nested = root.whichChildren()[0]?.handle as Supervisor;
    expect(await fromWithin(nested, "a", () => root.terminateChild("inner"))).toBe("self_termination");
    await root.stop();
  });

  test("is told when the supervisor waits for its start", async () => {
    let said: unknown;
    const supervisor = await startSupervisor("root", {});
    const eager = worker("a", async () => {
      said = await supervisor.startChild(worker("b")).catch((error) => error.code);
    });
    await supervisor.startChild(eager);
    expect(said).toBe("deadlock");
    await supervisor.stop();
  });

  test("a listener is nobody's child: it may end the one it heard of", async () => {
    const errors: unknown[] = [];
    const supervisor: Supervisor = await startSupervisor("root", {
      listener: (event) => {
        if (event.type === "child_started")
          supervisor.terminateChild(event.id).catch((error) => errors.push(error));
      },
    });
    await supervisor.startChild(worker("a"));
    await settled();
    expect(errors).toEqual([]);
    expect(supervisor.countChildren().active).toBe(0);
    await supervisor.stop();
  });

  test("a child is not taken for the one that once asked for a sibling's start", async () => {
    const once = { maxRestarts: 0, maxSeconds: 5 };
    const inner = supervisorSpec("inner", { children: [worker("asking")] });
    const root = await startSupervisor("root", { children: [inner], intensity: once });
    const nested = root.whichChildren()[0]?.handle as Supervisor;
    expect(await fromWithin(nested, "asking", () => root.startChild(worker("asked")))).toBe("done");
    // What comes of its crash, the end of all, is the supervisor's own doing.
    root.killChild("asked");
    expect(await root.exited).toEqual({ kind: "shutdown" });
    expect(nested.countChildren().active).toBe(0);
  });
});
