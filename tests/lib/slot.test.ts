import { expect, test } from "bun:test";
import { ServiceGone, Slot } from "../../src/lib/slot.ts";
import { FakeClock } from "../fixtures/fake-clock.ts";

const signal = new AbortController().signal;

test("work waits for the service, and is done again with its successor", async () => {
  const slot = new Slot<string>(new FakeClock());
  const seen: string[] = [];
  const work = slot.use(async (service) => {
    seen.push(service);
    if (service === "first") throw new ServiceGone("gone", false);
    return `by ${service}`;
  }, signal);
  slot.put("first");
  await Promise.resolve();
  slot.put("second");
  expect(await work).toBe("by second");
  expect(seen).toEqual(["first", "second"]);
});

test("a final end is told at once, and a missing successor after a while", async () => {
  const clock = new FakeClock();
  const slot = new Slot<string>(clock);
  slot.put("only");
  const end = (final: boolean) =>
    slot.use(async () => Promise.reject(new ServiceGone("gone", final)), signal);
  await expect(end(true)).rejects.toMatchObject({ message: "gone" });
  const waiting = end(false);
  const told = waiting.catch((error: unknown) => error);
  await clock.advance(5000);
  expect(await told).toMatchObject({ message: "the service does not run", final: true });
});

test("other errors, and the signal's reason, come through", async () => {
  const slot = new Slot<string>(new FakeClock());
  const controller = new AbortController();
  const waiting = slot.use(async () => "never", controller.signal);
  controller.abort(new Error("aborted"));
  await expect(waiting).rejects.toThrow("aborted");
  slot.put("there");
  await expect(slot.use(async () => Promise.reject(new Error("work")), signal)).rejects.toThrow("work");
});
