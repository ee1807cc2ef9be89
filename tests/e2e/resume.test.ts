/** An answer that broke off in a chat: it is not asked for again by itself, and `/resume` goes on with it. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { RecordedRequest } from "../fixtures/model-server/record.ts";
import { says, type Turn } from "../fixtures/model-server/script.ts";
import { PROMPT } from "./chat-dialogue.ts";
import { homeWithModel, WIRES } from "./harness.ts";
import { storedMessages } from "./stored.ts";

setDefaultTimeout(120_000);

const BROKEN: Turn = {
  kind: "answer",
  text: ["There are two rivers:\n\n- the Seine, which ", "flows through Pa"],
  ending: "cut",
};
const script = ({ index }: RecordedRequest) =>
  index === 0 ? BROKEN : says(["flows through Pa", "ris.\n- the Loire, ", "which does not."]);

describe.each(WIRES)("a chat with %s", (wire) => {
  test("offers to go on with an answer that broke off, and joins the two", async () => {
    const { home, model } = homeWithModel(script);
    const pty = home.terminal(["chat", "-m", `${wire}/any`]);
    await pty.until(PROMPT);
    pty.type("rivers?\r");
    await pty.until("flows through Pa");
    await pty.until("what came is kept; /resume goes on from there");
    await pty.until(PROMPT);
    pty.type("/resume\r");
    await pty.until("which does not.");
    await pty.until(PROMPT);
    pty.type("/resume\r");
    await pty.until("there is nothing to go on with");
    await pty.until(PROMPT);
    pty.type("/exit\r");
    expect(await pty.exited).toBe(0);
    expect(model.requests).toHaveLength(2);
    const sent = JSON.stringify(model.requests[1]?.body);
    expect(sent).toContain("flows through Pa");
    expect(sent).toContain("Go on from exactly where it stops");
    const [, partial, rest] = storedMessages(home);
    expect(partial).toMatchObject({ status: "partial" });
    // What it repeated of itself is left out.
    expect(rest).toMatchObject({ status: "complete", text: "ris.\n- the Loire, which does not." });
  });

  test("that goes on with a session is told that its answer broke off", async () => {
    const { home } = homeWithModel(script);
    await home.run(["-m", `${wire}/any`, "rivers?"]);
    const pty = home.terminal(["chat", "-c"]);
    await pty.until("what came is kept; /resume goes on from there");
    await pty.until(PROMPT);
    pty.type("/exit\r");
    expect(await pty.exited).toBe(0);
  });
});
