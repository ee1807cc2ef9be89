/** Signals, and readers that go away: the exit code, what was printed until then, and a connection that is let go. */
import { describe, expect, test } from "bun:test";
import { fails, says } from "../fixtures/model-server/script.ts";
import { expectFailure } from "./complaint.ts";
import { homeWithModel, WIRES } from "./harness.ts";
import { eventually, isAlive } from "./program.ts";

describe.each([
  ["SIGINT", 130, "interrupted"],
  ["SIGTERM", 143, "terminated"],
  ["SIGHUP", 143, "terminated"],
] as const)("%s", (signal, code, word) => {
  test.each(WIRES)("in an answer of %s leaves what came", async (wire) => {
    const { home, model } = homeWithModel();
    const program = home.start(["-m", `${wire}/stall`, "question"]);
    await program.until("stdout", "stalls");
    program.kill(signal);
    const result = await program.exited;
    expect(expectFailure(result, code)).toBe(word);
    expect(result.stdout).toBe("This answer stalls\n");
    await model.abandoned;
    expect(await isAlive(program.pid)).toBe(false);
  });

  test.each(WIRES)("before %s has answered", async (wire) => {
    const { home, model } = homeWithModel();
    const program = home.start(["-m", `${wire}/hang`, "question"]);
    await eventually("the request", () => model.requests.length === 1);
    program.kill(signal);
    const result = await program.exited;
    expect(expectFailure(result, code)).toBe(word);
    expect(result.stdout).toBe("");
  });

  test.each(WIRES)("while a wait for %s lasts", async (wire) => {
    const { home, model } = homeWithModel([fails("rate_limit", { "retry-after": "25" })]);
    const program = home.start(["-m", `${wire}/any`, "question"]);
    await program.until("stderr", "trying again in 25.0 s");
    program.kill(signal);
    const result = await program.exited;
    expect(expectFailure(result, code)).toBe(word);
    expect(model.requests).toHaveLength(1);
  });
});

describe.each(WIRES)("standard output that is closed in an answer of %s", (wire) => {
  test("ends a long answer quietly with 141", async () => {
    const { home, model } = homeWithModel([
      {
        kind: "answer",
        text: Array.from({ length: 5_000 }, (_, index) => `line ${index}\n`),
        pieceAfterMs: 1,
      },
    ]);
    const result = await home.shell(`{ mcpchat -m ${wire}/any question; echo $? > code; } | head -n 1`);
    expect(result).toMatchObject({ code: 0, stdout: "line 0\n", stderr: "" });
    expect(await Bun.file(`${home.work}/code`).text()).toBe("141\n");
    await model.abandoned;
  });
});

describe("a stream", () => {
  test("of standard error that is closed harms nothing", async () => {
    const { home } = homeWithModel();
    const result = await home.shell("mcpchat -m openai/flaky-1 question 2>&-");
    expect(result).toMatchObject({ code: 0, stdout: "Hello! How can I help you today?\n" });
  });

  const onFullDisk = test.skipIf(process.platform !== "linux");
  onFullDisk.each([
    ["-m openai/hello question"],
    ["-m openai/hello --json question"],
    ["version"],
    ["--help"],
  ])("of %s to a full disk says so", async (args) => {
    const { home } = homeWithModel();
    const result = await home.shell(`mcpchat ${args} > /dev/full`);
    expect(expectFailure(result, 2)).toContain("cannot write to standard output (ENOSPC)");
  });

  test("of a list whose reader has gone is quiet", async () => {
    const { home } = homeWithModel();
    const script =
      "mkfifo gone; { true < gone; } & { wait; mcpchat sessions --help; echo $? > code; } > gone";
    expect(await home.shell(script)).toMatchObject({ code: 0, stderr: "" });
    expect(await Bun.file(`${home.work}/code`).text()).toBe("141\n");
  });

  // The runtime puts /dev/null in the place of a stream that was never open.
  test("of standard output that was never open harms nothing", async () => {
    const { home } = homeWithModel();
    const result = await home.shell("mcpchat -m openai/hello question >&-; mcpchat sessions show >&2");
    expect(result).toMatchObject({ code: 0, stdout: "", stderr: expect.stringContaining("How can I help") });
  });

  test("whose reader is slow slows the writer, and loses nothing", async () => {
    const line = `${"slow ".repeat(200)}\n`;
    const { home, model } = homeWithModel([says(Array.from({ length: 2_000 }, () => line))]);
    const reader = home.startShell(
      "mkfifo gate; mcpchat -m openai/any question | { read -r _ < gate; wc -c; }",
    );
    await eventually("the request", () => model.requests.length === 1);
    await home.shell("echo > gate");
    const { code, stdout } = await reader.exited;
    expect({ code, size: Number(stdout) }).toEqual({ code: 0, size: line.length * 2_000 });
  });
});
