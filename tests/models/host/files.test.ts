import { expect, test } from "bun:test";
import { join } from "node:path";
import { type BrokenKind, brokenModel } from "../../fixtures/models/broken.ts";
import { bigramModel } from "../../fixtures/models/models.ts";
import { temporaryFolder } from "../../fixtures/temporary-folder.ts";
import { Inference } from "./inference.ts";

test.each<[BrokenKind, string]>([
  ["not-gguf", "not_gguf"],
  ["empty", "not_gguf"],
  ["corrupt-header", "not_gguf"],
  ["truncated-header", "truncated"],
  ["unknown-version", "unsupported"],
  ["missing-tensors", "load_failed"],
  ["truncated", "truncated"],
  ["unknown-architecture", "unsupported"],
  ["too-large", "too_large"],
  ["folder", "unreadable"],
])("a broken file, %s, is told as %s", async (kind, code) => {
  const path = brokenModel(kind, temporaryFolder());
  const inference = new Inference();
  const problem = await inference.call("load", { path, options: {} }).catch((error: unknown) => error);
  expect(problem).toMatchObject({ code, message: expect.stringContaining(path) });
  expect(await inference.end()).toBe(0);
  expect(await inference.output).toBe("");
});

test("a file that is not there is told", async () => {
  const inference = new Inference();
  const path = join(inference.folder, "none.gguf");
  const problem = await inference.call("info", { path, options: {} }).catch((error: unknown) => error);
  expect(problem).toMatchObject({ code: "missing" });
});

test("what a file says of its model", async () => {
  const path = await bigramModel();
  const inference = new Inference();
  expect(await inference.call("info", { path, options: {} })).toMatchObject({
    path,
    name: "bigram",
    architecture: "llama",
    quantisation: "F32",
    trainedContext: 2048,
    contextSize: 2048,
    parts: 1,
    hasChatTemplate: true,
  });
});

test("a bench measures each number of threads", async () => {
  const path = await bigramModel();
  const inference = new Inference();
  await inference.call("load", { path, options: {} });
  const rows: unknown[] = [];
  const result = await inference.call(
    "bench",
    { path, options: { threads: 1 } },
    { onNews: (news) => void (news.type === "row" && rows.push(news.row)) },
  );
  expect(result.length).toBeGreaterThan(0);
  expect(rows).toEqual(result);
  for (const row of result) {
    expect(row.threads).toBe(1);
    expect(Math.min(row.prompt, row.generation)).toBeGreaterThan(0);
  }
});
