import { expect, test } from "bun:test";
import { appendFileSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { followServerLog, tailOfServerLog } from "../../src/app/server-log-reader.ts";
import { serverLogFiles } from "../../src/app/server-logs.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

function logOf(text: string, old?: string) {
  const folder = temporaryFolder();
  const files = serverLogFiles(folder, "files");
  mkdirSync(dirname(files.file), { recursive: true });
  writeFileSync(files.file, text);
  if (old !== undefined) writeFileSync(files.old, old);
  return { folder, files };
}

test("the last lines, those of the old file too", () => {
  const { folder } = logOf("three\nfour\nfi", "one\ntwo\n");
  const lines = (count: number) => tailOfServerLog(folder, "files", count)?.lines;
  expect(lines(2)).toEqual(["four", "fi"]);
  expect(lines(4)).toEqual(["two", "three", "four", "fi"]);
  expect(lines(100)).toHaveLength(5);
  expect(lines(0)).toEqual([]);
  expect(tailOfServerLog(folder, "other", 3)).toBeUndefined();
});

test("what is added is told in whole lines, also across a file that is put away", async () => {
  const { folder, files } = logOf("before\n");
  const ended = new AbortController();
  const tail = tailOfServerLog(folder, "files", 0);
  if (!tail) throw new Error("there is no log");
  const told = followServerLog(folder, "files", tail.end, ended.signal);
  const next = async () => (await told.next()).value;
  appendFileSync(files.file, "one\ntw");
  expect(await next()).toEqual(["one"]);
  appendFileSync(files.file, "o ü\n");
  expect(await next()).toEqual(["two ü"]);
  appendFileSync(files.file, "last words\n");
  renameSync(files.file, files.old);
  writeFileSync(files.file, "anew\n");
  expect(await next()).toEqual(["last words", "anew"]);
  const end = next();
  ended.abort();
  expect(await end).toBeUndefined();
});

test("a line without an end is not waited for for ever", async () => {
  const { folder, files } = logOf("");
  const ended = new AbortController();
  const told = followServerLog(folder, "files", { file: undefined, offset: 0 }, ended.signal);
  writeFileSync(files.file, "x".repeat(100_000));
  expect((await told.next()).value).toEqual(["x".repeat(100_000)]);
  ended.abort();
});
