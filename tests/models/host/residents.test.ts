/** Requests to one real inference process that come at the same time. */
import { expect, test } from "bun:test";
import { bigramModel, countingModel, SENTENCE } from "../../fixtures/models/models.ts";
import { Inference, said } from "./inference.ts";

test("a model that is wanted twice at once is loaded once", async () => {
  const path = await bigramModel();
  const inference = new Inference();
  const load = () => inference.call("load", { path, options: { contextSize: 300 } });
  const [one, other] = await Promise.all([load(), load()]);
  // The time that it took is part of it.
  expect(one).toEqual(other);
  expect(await inference.call("unload", { path })).toBe(true);
  expect(await inference.call("unload", { path })).toBe(false);
});

test("a model that is there in another way is loaded anew", async () => {
  const path = await bigramModel();
  const inference = new Inference();
  await inference.call("load", { path, options: { contextSize: 300 } });
  const larger = await inference.call("load", { path, options: { contextSize: 1000 } });
  expect(larger.contextSize).toBeGreaterThanOrEqual(1000);
  expect(await inference.call("load", { path, options: {} })).toEqual(larger);
});

test("a model that is being unloaded is loaded again after that, and answers in between are whole", async () => {
  const path = await bigramModel();
  const inference = new Inference();
  await inference.call("load", { path, options: {} });
  const answer = inference.ask(path, [said("user", "hi")]);
  const unloaded = inference.call("unload", { path });
  const loaded = inference.call("load", { path, options: {} });
  expect((await answer).text).toBe(SENTENCE);
  expect(await unloaded).toBe(true);
  expect(await loaded).toMatchObject({ path });
  expect((await inference.ask(path, [said("user", "hi")])).text).toBe(SENTENCE);
});

test("a load that is cancelled while another is under way is not done", async () => {
  const inference = new Inference();
  const [one, two] = await Promise.all([bigramModel(), countingModel()]);
  const stop = new AbortController();
  const first = inference.call("load", { path: one, options: {} });
  const second = inference.call("load", { path: two, options: {} }, { signal: stop.signal });
  stop.abort();
  await expect(second).rejects.toMatchObject({ code: "aborted" });
  expect(await first).toMatchObject({ path: one });
  expect(await inference.call("unload", { path: two })).toBe(false);
});

test("a bench needs a loaded model, waits for its answers, and can be stopped while it does", async () => {
  const path = await countingModel({ endless: true });
  const inference = new Inference();
  const bench = (signal?: AbortSignal) =>
    inference.call("bench", { path, options: { threads: 1 } }, signal && { signal });
  await expect(bench()).rejects.toMatchObject({
    code: "failed",
    message: expect.stringContaining("not loaded"),
  });
  await inference.call("load", { path, options: { contextSize: 4096 } });
  const talk = new AbortController();
  const began = Promise.withResolvers<void>();
  const onEvent = () => began.resolve();
  let talking = true;
  const answer = inference
    .ask(path, [said("user", "go")], {}, { onEvent, signal: talk.signal })
    .finally(() => {
      talking = false;
    });
  await began.promise;
  const stop = new AbortController();
  const waiting = bench(stop.signal);
  stop.abort();
  await expect(waiting).rejects.toMatchObject({ code: "aborted" });
  expect(talking).toBe(true);
  const measured = bench().then(() => talking);
  talk.abort();
  await answer;
  expect(await measured).toBe(false);
});
