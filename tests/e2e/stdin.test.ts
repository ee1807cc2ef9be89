/** Standard input in every form that a shell gives it. */
import { describe, expect, test } from "bun:test";
import { expectFailure, expectSilentSuccess } from "./complaint.ts";
import { homeWithModel, WIRES } from "./harness.ts";

const WAITING = "mcpchat: waiting for standard input to end; --no-stdin skips it\n";

describe.each(WIRES)("the message to %s", (wire) => {
  test.each([
    ["a pipe", "printf 'text\n' | ask", "text"],
    ["a pipe and a prompt", "printf 'text\n' | ask 'sum it up:'", "sum it up:\n\ntext"],
    ["a file", "printf 'text' > in; ask < in", "text"],
    ["a file and a prompt", "printf 'a\n\nb\n' > in; ask sum < in", "sum\n\na\n\nb"],
    ["a here-document", "ask sum <<EOF\ntext\nEOF", "sum\n\ntext"],
    [
      "the rest of a file",
      "printf 'first\nsecond\nthird\n' > in; { head -c 6 >&2; ask; } < in 2> /dev/null",
      "second\nthird",
    ],
    ["an empty pipe and a prompt", "printf '' | ask question", "question"],
    ["an empty file and a prompt", ": > in; ask question < in", "question"],
    ["a pipe of white space and a prompt", "printf ' \n\n' | ask question", "question"],
    ["/dev/null and a prompt", "ask question < /dev/null", "question"],
    ["no standard input and a prompt", "ask question <&-", "question"],
    ["a prompt of several words", "ask what is this < /dev/null", "what is this"],
    ["a prompt after --", "ask -- --question < /dev/null", "--question"],
    ["a skipped pipe", "printf 'text' | ask --no-stdin question", "question"],
    ["a file of -f", "printf 'one\n' > a; ask -f a question < /dev/null", "question\n\nFile a:\n\none"],
    [
      "a pipe, a prompt and two files",
      "printf 'one' > a; printf 'two' > b; printf 'text' | ask -f a --file b question",
      "question\n\ntext\n\nFile a:\n\none\n\nFile b:\n\ntwo",
    ],
    ["a byte order mark and many scripts", "printf '日本語 🦊' | ask", "日本語 🦊"],
  ])("from %s", async (_, script, expected) => {
    const { home, model } = homeWithModel();
    expectSilentSuccess(await home.shell(`ask() { mcpchat -m ${wire}/hello "$@"; }\n${script}`));
    expect(model.requests.map(({ prompt }) => prompt)).toEqual([expected]);
  });

  test("from 8 MB in a pipe is whole", async () => {
    const { home, model } = homeWithModel();
    const text = "a line of a large file\n".repeat(360_000);
    home.write("in", text);
    expectSilentSuccess(await home.shell(`cat in | mcpchat -m ${wire}/hello`));
    expect(model.requests[0]?.prompt === text.trimEnd()).toBe(true);
  });

  test("holds input that comes late, and the wait for it is told once", async () => {
    const { home, model } = homeWithModel();
    const program = home.start(["-m", `${wire}/hello`, "sum"], { stdin: "open" });
    await program.until("stderr", WAITING);
    expect(model.requests).toEqual([]);
    program.write("late ");
    program.write("text");
    program.end();
    expect(await program.exited).toMatchObject({ code: 0, stderr: WAITING });
    expect(model.requests.map(({ prompt }) => prompt)).toEqual(["sum\n\nlate text"]);
  });

  test("does not wait for a pipe that is skipped", async () => {
    const { home, model } = homeWithModel();
    const result = await home.run(["-m", `${wire}/hello`, "--no-stdin", "question"], { stdin: "open" });
    expectSilentSuccess(result);
    expect(model.requests.map(({ prompt }) => prompt)).toEqual(["question"]);
  });

  test("leaves the lines of a loop to the loop with --no-stdin", async () => {
    const { home, model } = homeWithModel();
    const loop = `while read -r line; do mcpchat -m ${wire}/hello --no-stdin "$line"; done`;
    expectSilentSuccess(await home.shell(`printf 'one\ntwo\n' | ${loop}`));
    expect(model.requests.map(({ prompt }) => prompt)).toEqual(["one", "two"]);
  });
});

describe("standard input", () => {
  test.each([
    ["an empty pipe", "printf '' | ask"],
    ["white space", "printf ' \n' | ask"],
    ["/dev/null", "ask < /dev/null"],
    ["nothing", "ask <&-"],
    ["a pipe that is skipped", "printf 'text' | ask --no-stdin"],
  ])("of %s and no prompt is nothing to send", async (_, script) => {
    const { home, model } = homeWithModel();
    const result = await home.shell(`ask() { mcpchat -m openai/hello "$@"; }\n${script}`);
    expect(expectFailure(result, 2)).toContain("nothing to send");
    expect(result.stdout).toBe("");
    expect(model.requests).toEqual([]);
  });

  test("that is no text is refused", async () => {
    const { home } = homeWithModel();
    const result = await home.shell("printf '\\377\\376\\000' | mcpchat -m openai/hello");
    expect(expectFailure(result, 2)).toContain("not UTF-8");
  });

  test("that is larger than any model reads is refused", async () => {
    const { home, model } = homeWithModel();
    const result = await home.shell("head -c 68000000 /dev/zero | tr '\\0' a | mcpchat -m openai/hello");
    expect(expectFailure(result, 2)).toBe("standard input is larger than 67 MB; send a part of it");
    expect(model.requests).toEqual([]);
  });

  test("that is waited for can be interrupted", async () => {
    const { home } = homeWithModel();
    const program = home.start(["-m", "openai/hello", "sum"], { stdin: "open" });
    await program.until("stderr", WAITING);
    program.kill("SIGINT");
    expect((await program.exited).code).toBe(130);
  });
});
