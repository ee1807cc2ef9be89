import { describe, expect, test } from "bun:test";
import { describeError } from "../../../src/lib/errors.ts";
import { chooseModel, quantisationOf } from "../../../src/models/pull/choose.ts";
import type { HubFile } from "../../../src/models/pull/hub.ts";

const REFERENCE = { kind: "hub", owner: "ada", repo: "tiny", revision: "main" } as const;

function files(...paths: string[]): HubFile[] {
  return paths.map((path) => ({ path, bytes: 1_000_000 }));
}

function chosen(paths: string[], more: { file?: string; quantisation?: string } = {}): string[] {
  return chooseModel(files(...paths), { ...REFERENCE, ...more }).files.map(({ path }) => path);
}

function complaint(paths: string[], more: { file?: string; quantisation?: string } = {}) {
  try {
    chosen(paths, more);
  } catch (error) {
    return {
      exitCode: error instanceof Error && "exitCode" in error && error.exitCode,
      line: describeError(error),
    };
  }
  throw new Error("nothing was wrong");
}

test.each([
  ["Qwen3-0.6B-Q4_K_M", "Q4_K_M"],
  ["qwen2.5-7b-instruct-q4_k_m", "Q4_K_M"],
  ["mistral.Q5_0", "Q5_0"],
  ["Big-UD-IQ1_S", "UD-IQ1_S"],
  ["model-fp16", "F16"],
  ["model-BF16", "BF16"],
  ["gpt-oss-20b-MXFP4", "MXFP4"],
  ["a-Q8_0-b-Q4_0", "Q4_0"],
  ["Qwen3-0.6B", undefined],
  ["f32ish", undefined],
])("the quantisation of %s is %s", (name, quantisation) => {
  expect(quantisationOf(name)).toBe(quantisation);
});

describe("of several models", () => {
  test.each([
    ["four bits, mixed", ["m-Q8_0.gguf", "m-Q4_K_M.gguf", "m-Q4_0.gguf", "m-F16.gguf"], "m-Q4_K_M.gguf"],
    ["four bits of another kind", ["m-Q8_0.gguf", "m-Q4_0.gguf", "m-Q3_K_M.gguf"], "m-Q4_0.gguf"],
    ["more bits rather than fewer", ["m-Q2_K.gguf", "m-Q3_K_L.gguf", "m-Q6_K.gguf"], "m-Q6_K.gguf"],
    ["fewer bits rather than all", ["m-F16.gguf", "m-Q3_K_L.gguf"], "m-Q3_K_L.gguf"],
    [
      "the only one, whatever it is",
      ["m.gguf", "README.md", "mmproj-m-F16.gguf", "m.imatrix.gguf"],
      "m.gguf",
    ],
  ])("%s is taken", (_, paths, expected) => {
    expect(chosen(paths)).toEqual([expected]);
    expect(chosen(paths.toReversed())).toEqual([expected]);
  });

  test("all parts of one in parts are taken, in order", () => {
    const parts = ["Q4_K_M/m-Q4_K_M-00002-of-00002.gguf", "Q4_K_M/m-Q4_K_M-00001-of-00002.gguf"];
    expect(chosen([...parts, "m-Q8_0.gguf"])).toEqual(parts.toReversed());
    expect(chosen(parts, { file: "Q4_K_M/m-Q4_K_M.gguf" })).toEqual(parts.toReversed());
    expect(chosen([...parts, "x.gguf"], { file: parts[0] ?? "" })).toEqual(parts.toReversed());
    expect(chosen([...parts, "x.gguf"], { quantisation: "q4_k_m" })).toEqual(parts.toReversed());
  });

  test.each([
    ["of the same quantisation", ["a-Q4_K_M.gguf", "b-Q4_K_M.gguf"]],
    ["of none that is known", ["a.gguf", "b.gguf"]],
  ])("%s none is taken, and all are named", (_, paths) => {
    const { exitCode, line } = complaint(paths);
    expect(exitCode).toBe(2);
    expect(line).toStartWith(
      "ada/tiny has several models to choose from; write hf:ada/tiny/FILE, where FILE is one of ",
    );
    for (const path of paths) expect(line).toContain(`${path} (1.0 MB)`);
  });

  test("many are not all named", () => {
    const { line } = complaint(Array.from({ length: 50 }, (_, index) => `m${index}.gguf`));
    expect(line).toEndWith(", and 20 more");
  });
});

describe("what is not there", () => {
  test.each([
    ["a model", ["README.md", "model.safetensors"], {}, "ada/tiny has no GGUF model; look for a repository"],
    ["all parts", ["m-00001-of-00002.gguf"], {}, "ada/tiny has no GGUF model"],
    [
      "a quantisation",
      ["m-Q8_0.gguf"],
      { quantisation: "Q4_0" },
      "has no model in Q4_0; write hf:ada/tiny/FILE",
    ],
    [
      "a file",
      ["m-Q8_0.gguf"],
      { file: "m-Q8_1.gguf" },
      "has no model m-Q8_1.gguf; did you mean m-Q8_0.gguf?",
    ],
    ["a file that is none", ["m.gguf", "README.md"], { file: "README.md" }, "has no model README.md"],
  ])("%s is told", (_, paths, more, words) => {
    const { exitCode, line } = complaint(paths, more);
    expect(exitCode).toBe(4);
    expect(line).toContain(words);
  });

  test("is told in harmless words", () => {
    const { line } = complaint(["\u001b[2Jm.gguf", "n\u202e.gguf"], { file: "\u001b[31mx" });
    expect(line).not.toContain("\u001b");
    expect(line).not.toContain("\u202e");
  });
});
