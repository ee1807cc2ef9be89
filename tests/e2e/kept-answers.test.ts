/** Nothing is lost: an answer that was broken off is on disk, marked as such, and the session goes on from there. */

import { describe, expect, test } from "bun:test";
import type { RecordedRequest } from "../fixtures/model-server/record.ts";
import { says, type Turn } from "../fixtures/model-server/script.ts";
import { expectSilentSuccess } from "./complaint.ts";
import { type Home, homeWithModel, WIRES } from "./harness.ts";
import { eventually } from "./program.ts";
import { type StoredMessage, storedMessages } from "./stored.ts";

const BROKEN: Turn = { kind: "answer", text: ["The capital ", "of France ", "is"], ending: "stall" };

/** The first answer breaks off, the next ones do not. */
const script = ({ index }: RecordedRequest) => (index === 0 ? BROKEN : says(" Paris."));

const QUESTION: StoredMessage = { role: "user", status: "complete", text: "question" };
const partial = (status: string): StoredMessage => ({
  role: "assistant",
  status,
  text: "The capital of France is",
});

/** Asks, and ends the program in the middle of the answer. */
async function breakOff(home: Home, wire: string, signal: NodeJS.Signals): Promise<number> {
  const program = home.start(["-m", `${wire}/any`, "question"]);
  await program.until("stdout", "The capital of France is");
  await eventually("the answer on disk", () => storedMessages(home).at(-1)?.text === partial("").text);
  program.kill(signal);
  return (await program.exited).code;
}

async function latest(home: Home): Promise<string> {
  const { stdout } = await home.run(["sessions", "list", "--json"]);
  return JSON.parse(stdout)[0].id;
}

describe.each(WIRES)("an answer of %s", (wire) => {
  test.each([
    ["SIGKILL", 137, "partial"],
    ["SIGTERM", 143, "partial"],
    ["SIGINT", 130, "partial"],
  ] as const)("that %s breaks off is kept, and goes on with -r", async (signal, code, status) => {
    const { home, model } = homeWithModel(script);
    expect(await breakOff(home, wire, signal)).toBe(code);
    expect(storedMessages(home)).toEqual([QUESTION, partial(status)]);
    const id = await latest(home);
    const shown = await home.run(["sessions", "show", id]);
    expect(shown.stdout).toBe(`user:\nquestion\n\nassistant (${status}):\nThe capital of France is\n`);

    const resumed = await home.run(["-m", `${wire}/any`, "-r", id]);
    expectSilentSuccess(resumed);
    expect(resumed.stdout).toBe(" Paris.\n");
    const sent = JSON.stringify(model.requests[1]?.body.messages);
    expect(sent).toContain("question");
    expect(sent).toContain("The capital of France is");
    expect(storedMessages(home).at(-1)).toMatchObject({
      role: "assistant",
      status: "complete",
      text: " Paris.",
    });
  });

  test("that was broken off takes another question", async () => {
    const { home, model } = homeWithModel(script);
    await breakOff(home, wire, "SIGKILL");
    const resumed = await home.run(["-m", `${wire}/any`, "-r", await latest(home), "and of Spain?"]);
    expectSilentSuccess(resumed);
    expect(model.requests[1]?.prompt).toEndWith("and of Spain?");
    expect(JSON.stringify(model.requests[1]?.body.messages)).toContain("The capital of France is");
    expect(storedMessages(home).map(({ role, status }) => `${role} ${status}`)).toEqual([
      "user complete",
      "assistant partial",
      "user complete",
      "assistant complete",
    ]);
  });

  test.each(["cut", "error-event"])("that ends as %s is kept", async (name) => {
    const { home } = homeWithModel();
    expect((await home.run(["-m", `${wire}/${name}`, "question"])).code).toBe(5);
    const [question, answer] = storedMessages(home);
    expect(question).toEqual(QUESTION);
    expect(answer).toMatchObject({ role: "assistant", status: "partial" });
    expect(answer?.text).toStartWith("This answer ");
  });

  test("to a question is not on disk before the question is", async () => {
    let found: StoredMessage[] | undefined;
    const { home } = homeWithModel(() => {
      found ??= storedMessages(home);
      return says("Paris.");
    });
    expectSilentSuccess(await home.run(["-m", `${wire}/any`, "question"]));
    expect(found).toEqual([QUESTION]);
  });

  test("that was killed before its first word leaves the question", async () => {
    const { home, model } = homeWithModel();
    const program = home.start(["-m", `${wire}/hang`, "question"]);
    await eventually("the request", () => model.requests.length === 1);
    program.kill("SIGKILL");
    await program.exited;
    expect(storedMessages(home)).toEqual([QUESTION]);
    const resumed = await home.run(["-m", `${wire}/hello`, "-c"]);
    expectSilentSuccess(resumed);
    expect(model.requests[1]?.prompt).toBe("question");
  });
});
