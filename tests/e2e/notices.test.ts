/** Standard error: what is told, how loud, and in which colours. */
import { describe, expect, test } from "bun:test";
import { failing, fails, says } from "../fixtures/model-server/script.ts";
import { expectFailure, expectSilentSuccess } from "./complaint.ts";
import { homeWithModel, WIRES } from "./harness.ts";

describe.each(WIRES)("retries of %s", (wire) => {
  test("are told, a line each, and end in the answer", async () => {
    const { home, model } = homeWithModel();
    const { code, stdout, stderr } = await home.run(["-m", `${wire}/flaky-2`, "question"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "Hello! How can I help you today?\n" });
    const line = (attempt: number) =>
      expect.stringMatching(
        new RegExp(
          `^mcpchat: ${wire}/flaky-2 is overloaded .*; trying again (at once|in \\d\\.\\d s) \\(attempt ${attempt}\\)$`,
        ),
      );
    expect(stderr.trimEnd().split("\n")).toEqual([line(2), line(3)]);
    expect(model.requests).toHaveLength(3);
    expect(model.requests[2]?.body).toEqual(model.requests[0]?.body);
  });

  test("wait as long as the provider asks", async () => {
    const { home, model } = homeWithModel(
      failing(1, "rate_limit", says("Paris.")).with(0, fails("rate_limit", { "retry-after": "2" })),
    );
    const { code, stdout, stderr } = await home.run(["-m", `${wire}/any`, "question"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "Paris.\n" });
    expect(stderr).toContain("trying again in 2.0 s (attempt 2)");
    const [first, second] = model.requests;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(1_990);
  });

  test("are given up when the provider asks to wait too long", async () => {
    const { home, model } = homeWithModel([fails("rate_limit", { "retry-after": "3600" })]);
    const result = await home.run(["-m", `${wire}/any`, "question"]);
    expect(expectFailure(result, 5)).toContain("try again in 3600 s");
    expect(model.requests).toHaveLength(1);
  });

  test("do not outlast --timeout", async () => {
    const { home } = homeWithModel([fails("rate_limit", { "retry-after": "25" })]);
    const result = await home.run(["-m", `${wire}/any`, "--timeout", "1", "question"]);
    expect(expectFailure(result, 8)).toStartWith("not done after 1 s");
  });
});

describe("standard error", () => {
  test("is silent about retries with -q, and not about failures", async () => {
    const { home } = homeWithModel();
    expectSilentSuccess(await home.run(["-m", "openai/flaky-1", "-q", "question"]));
    const result = await home.run(["-m", "openai/overloaded", "--quiet", "question"]);
    expect(expectFailure(result, 5)).toContain("is overloaded");
    expect(result.stderr.split("\n")).toHaveLength(2);
  });

  test("does not change the answer with -v", async () => {
    const { home } = homeWithModel();
    const { code, stdout, stderr } = await home.run(["-m", "openai/flaky-1", "-v", "question"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "Hello! How can I help you today?\n" });
    expect(stderr).toContain("trying again");
    for (const line of stderr.trimEnd().split("\n")) expect(line).toStartWith("mcpchat: ");
  });

  const RED = "\u001b[31mmcpchat:\u001b[0m ";
  const PLAIN = "mcpchat: ";
  test.each([
    ["is plain", {}, PLAIN],
    ["is coloured with FORCE_COLOR", { FORCE_COLOR: "1" }, RED],
    ["is coloured with CLICOLOR_FORCE", { CLICOLOR_FORCE: "1" }, RED],
    ["is plain with FORCE_COLOR=0", { FORCE_COLOR: "0" }, PLAIN],
    ["is plain with NO_COLOR", { NO_COLOR: "1" }, PLAIN],
    ["is plain with NO_COLOR and a terminal's name", { NO_COLOR: "1", TERM: "xterm-256color" }, PLAIN],
    ["is plain with a terminal's name alone", { TERM: "xterm-256color", COLORTERM: "truecolor" }, PLAIN],
  ])("that is no terminal %s", async (_, env, beginning) => {
    const { home } = homeWithModel();
    const { code, stderr } = await home.run(["-m", "openai/unauthorized", "question"], { env });
    expect(code).toBe(4);
    expect(stderr).toStartWith(`${beginning}openai/unauthorized refused the key`);
  });

  test("never colours standard output", async () => {
    const { home } = homeWithModel();
    const { stdout } = await home.run(["-m", "openai/hello", "question"], { env: { FORCE_COLOR: "3" } });
    expect(stdout).toBe("Hello! How can I help you today?\n");
  });

  test("does not carry a debugging switch of a library to the answer", async () => {
    const { home } = homeWithModel();
    const env = { DEBUG: "true", OPENAI_LOG: "debug", ANTHROPIC_LOG: "debug", NODE_DEBUG: "http" };
    for (const wire of WIRES)
      expectSilentSuccess(await home.run(["-m", `${wire}/hello`, "question"], { env }));
  });
});
