import { describe, expect, test } from "bun:test";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { benchFile, bestFor, bestRow, rememberBench } from "../../src/models/bench-record.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

const row = (threads: number, batchSize: number, prompt: number, generation: number) => ({
  threads,
  batchSize,
  prompt,
  generation,
});

describe("the best row", () => {
  test.each([
    ["generates fastest", [row(1, 512, 9, 10), row(2, 512, 9, 20), row(4, 512, 9, 5)], row(2, 512, 9, 20)],
    [
      "has the fewest threads of those as good",
      [row(4, 512, 99, 100), row(2, 512, 9, 98.1)],
      row(2, 512, 9, 98.1),
    ],
    [
      "has more threads where that is faster",
      [row(4, 512, 9, 100), row(2, 512, 99, 97.9)],
      row(4, 512, 9, 100),
    ],
    ["reads a prompt fastest", [row(2, 512, 50, 20), row(2, 128, 60, 19)], row(2, 128, 60, 19)],
  ])("%s", (_, rows, expected) => {
    expect(bestRow(rows)).toEqual(expected);
    expect(bestRow(rows.toReversed())).toEqual(expected);
  });

  test("of none is none", () => {
    expect(bestRow([])).toBeUndefined();
  });
});

describe("what was measured", () => {
  function rig() {
    const folder = temporaryFolder();
    const model = join(folder, "m.gguf");
    writeFileSync(model, "GGUF");
    const notices: string[] = [];
    const notify = (_level: string, text: string) => void notices.push(text);
    return { file: benchFile(join(folder, "data")), model, notices, notify };
  }

  test("is remembered for the model, the file and the machine", () => {
    const { file, model, notify } = rig();
    rememberBench(file, model, row(2, 128, 60, 19), 4);
    expect(bestFor(file, model, { parallelism: 4, notify })).toEqual({ threads: 2, batchSize: 128 });
    expect(bestFor(file, model, { parallelism: 8, notify })).toBeUndefined();
    expect(bestFor(file, `${model}2`, { parallelism: 4, notify })).toBeUndefined();
    appendFileSync(model, "more");
    expect(bestFor(file, model, { parallelism: 4, notify })).toBeUndefined();
  });

  test("takes the place of what was measured before, not of what others have", () => {
    const { file, model, notify } = rig();
    writeFileSync(`${model}.other`, "GGUF");
    rememberBench(file, `${model}.other`, row(7, 64, 1, 1));
    rememberBench(file, model, row(1, 512, 1, 1));
    rememberBench(file, model, row(3, 256, 1, 1));
    expect(bestFor(file, model, { notify })).toEqual({ threads: 3, batchSize: 256 });
    expect(bestFor(file, `${model}.other`, { notify })).toEqual({ threads: 7, batchSize: 64 });
  });

  test("is nothing where nothing was", () => {
    const { file, model, notices, notify } = rig();
    expect(bestFor(file, model, { notify })).toBeUndefined();
    expect(bestFor(file, join(model, "gone.gguf"), { notify })).toBeUndefined();
    expect(notices).toEqual([]);
  });

  test.each([
    ["no JSON", "{", "is damaged"],
    ["something else", '{"bench":[{"path":1}]}', "is not what mcpchat models bench has written"],
    [
      "no threads",
      '{"bench":[{"path":"","bytes":0,"modified":0,"parallelism":1,"threads":0,"batchSize":1,"prompt":1,"generation":1}]}',
      "is not what",
    ],
  ])("is ignored with a notice when it is %s, and can be measured again", (_, text, words) => {
    const { file, model, notices, notify } = rig();
    mkdirSync(join(file, ".."));
    writeFileSync(file, text);
    expect(bestFor(file, model, { notify })).toBeUndefined();
    expect(notices).toEqual([expect.stringContaining(words)]);
    rememberBench(file, model, row(2, 512, 1, 1));
    expect(bestFor(file, model, { notify })).toEqual({ threads: 2, batchSize: 512 });
  });

  test("of a model that is gone is not asked for", () => {
    const { file, model, notify } = rig();
    rememberBench(file, model, row(2, 512, 1, 1));
    const { unlinkSync } = process.getBuiltinModule("node:fs");
    unlinkSync(model);
    expect(bestFor(file, model, { notify })).toBeUndefined();
  });
});
