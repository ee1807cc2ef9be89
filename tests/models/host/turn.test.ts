import { expect, test } from "bun:test";
import { inTurn } from "../../../src/models/host/turn.ts";

const { signal } = new AbortController();

test("what is done with several models waits for all of them, and they for it", async () => {
  const before = Promise.withResolvers<void>();
  const models: { busy: Promise<unknown> }[] = [{ busy: Promise.resolve() }, { busy: before.promise }];
  const work = Promise.withResolvers<string>();
  let begun = false;
  const begin = () => {
    begun = true;
    return work.promise;
  };
  const done = inTurn(models, begin, signal);
  let free = false;
  void models[0]?.busy.then(() => {
    free = true;
  });
  await Bun.sleep(0);
  expect({ begun, free }).toEqual({ begun: false, free: false });
  before.resolve();
  await Bun.sleep(0);
  expect({ begun, free }).toEqual({ begun: true, free: false });
  work.resolve("done");
  expect(await done).toBe("done");
  await models[0]?.busy;
});

test("what failed before, or fails now, keeps nobody from going on", async () => {
  const model: { busy: Promise<unknown> } = { busy: Promise.reject(new Error("before")) };
  const failing = inTurn([model], () => Promise.reject(new Error("now")), signal);
  await expect(failing).rejects.toThrow("now");
  expect(await inTurn([model], async () => "next", signal)).toBe("next");
});

test("who waits is let go at once, and what they wanted is not done", async () => {
  const before = Promise.withResolvers<void>();
  const model: { busy: Promise<unknown> } = { busy: before.promise };
  const stop = new AbortController();
  let begun = false;
  const begin = async () => {
    begun = true;
  };
  const waiting = inTurn([model], begin, stop.signal);
  stop.abort();
  await expect(waiting).rejects.toMatchObject({ code: "aborted" });
  before.resolve();
  await model.busy;
  expect(begun).toBe(false);
  await expect(inTurn([model], begin, stop.signal)).rejects.toMatchObject({ code: "aborted" });
});
