/** Conversations that go on from one run to the next. */
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import type { RecordedRequest } from "../fixtures/model-server/record.ts";
import { says } from "../fixtures/model-server/script.ts";
import { expectFailure, expectSilentSuccess } from "./complaint.ts";
import { type Home, homeWithModel, WIRES } from "./harness.ts";

/** The conversation in a request, a line each. */
function conversationOf({ body }: RecordedRequest): string[] {
  return body.messages.map(({ role, content }: { role: string; content: string | { text: string }[] }) => {
    const text = typeof content === "string" ? content : content.map((part) => part.text).join("");
    return `${role}: ${text}`;
  });
}

/** What each answer is, by the number of its request. */
const numbered = ({ index }: RecordedRequest) => says(`answer ${index + 1}`);

async function list(home: Home): Promise<Record<string, unknown>[]> {
  const result = await home.run(["sessions", "list", "--json"]);
  expectSilentSuccess(result);
  return JSON.parse(result.stdout);
}

async function askedOnce(home: Home, ...args: string[]): Promise<string> {
  const result = await home.run([...args, "--json"]);
  expectSilentSuccess(result);
  return JSON.parse(result.stdout).session;
}

describe.each(WIRES)("a session with %s", (wire) => {
  const first = ["user: one", "assistant: answer 1"];

  test.each([
    ["its name", ["--session", "work"], () => ["--session", "work"]],
    ["its id", [], (id: string) => ["-r", id]],
    ["the beginning of its id", [], (id: string) => ["-r", id.slice(0, 8)]],
    ["being the latest", [], () => ["-c"]],
  ])("goes on by %s", async (_, begin, resume) => {
    const { home, model } = homeWithModel(numbered);
    const id = await askedOnce(home, "-m", `${wire}/any`, ...begin, "one");
    expect(await askedOnce(home, "-m", `${wire}/any`, ...resume(id), "two")).toBe(id);
    expect(model.requests.map(conversationOf)).toEqual([["user: one"], [...first, "user: two"]]);
  });

  test("goes on with the other provider", async () => {
    const { home, model } = homeWithModel(numbered);
    const other = wire === "openai" ? "anthropic" : "openai";
    await askedOnce(home, "-m", `${wire}/any`, "one");
    await askedOnce(home, "-m", `${other}/any`, "-c", "two");
    expect(model.requests.map((request) => request.wire)).toEqual([wire, other]);
    expect(model.requests.map(conversationOf).at(-1)).toEqual([...first, "user: two"]);
  });

  test("is a new one when nothing says otherwise", async () => {
    const { home, model } = homeWithModel(numbered);
    const ids = [
      await askedOnce(home, "-m", `${wire}/any`, "one"),
      await askedOnce(home, "-m", `${wire}/any`, "two"),
    ];
    expect(new Set(ids).size).toBe(2);
    expect(model.requests.map(conversationOf)).toEqual([["user: one"], ["user: two"]]);
  });

  test("keeps its system prompt", async () => {
    const { home, model } = homeWithModel(numbered);
    await askedOnce(home, "-m", `${wire}/any`, "-s", "Be brief.", "one");
    await askedOnce(home, "-m", `${wire}/any`, "-c", "two");
    expect(JSON.stringify(model.requests[1]?.body)).toContain("Be brief.");
  });

  test("goes on without being kept with --no-save", async () => {
    const { home, model } = homeWithModel(numbered);
    await askedOnce(home, "-m", `${wire}/any`, "one");
    expect(await askedOnce(home, "-m", `${wire}/any`, "-c", "--no-save", "two")).toBeNull();
    await askedOnce(home, "-m", `${wire}/any`, "-c", "three");
    expect(model.requests.map(conversationOf)).toEqual([
      ["user: one"],
      [...first, "user: two"],
      [...first, "user: three"],
    ]);
  });

  test("whose question was refused has the question, and takes another", async () => {
    const { home, model } = homeWithModel();
    await home.run(["-m", `${wire}/unauthorized`, "one"]);
    const result = await home.run(["-m", `${wire}/hello`, "-c"]);
    expectSilentSuccess(result);
    expect(result.stdout).toBe("Hello! How can I help you today?\n");
    expect(model.requests.map(conversationOf)).toEqual([["user: one"], ["user: one"]]);
  });
});

describe("sessions", () => {
  test("list is empty, and makes no session", async () => {
    const { home } = homeWithModel();
    expect(await list(home)).toEqual([]);
    const result = await home.run(["sessions", "list"]);
    expectSilentSuccess(result);
    expect(result.stdout).toBe("");
  });

  test("list names the latest first", async () => {
    const { home } = homeWithModel(numbered);
    const one = await askedOnce(home, "-m", "openai/any", "--session", "work", "the first\nquestion");
    const two = await askedOnce(home, "-m", "openai/any", "the second question");
    const listed = await list(home);
    expect(listed).toEqual([
      {
        id: two,
        name: null,
        title: "the second question",
        messages: 2,
        created_at: expect.any(String),
        updated_at: expect.any(String),
      },
      {
        id: one,
        name: "work",
        title: "the first",
        messages: 2,
        created_at: expect.any(String),
        updated_at: expect.any(String),
      },
    ]);
    const lines = (await home.run(["sessions", "list", "--limit", "1"])).stdout;
    expect(lines).toMatch(new RegExp(`^${two} .* the second question\\n$`));
  });

  test("show tells a conversation, as text and as JSON", async () => {
    const { home } = homeWithModel([says("a\u001b[31mred\u001b[0m")]);
    const id = await askedOnce(home, "-m", "openai/any", "question");
    const shown = await home.run(["sessions", "show", id.slice(0, 8)]);
    expectSilentSuccess(shown);
    expect(shown.stdout).toBe("user:\nquestion\n\nassistant:\nared\n");
    const asJson = await home.run(["sessions", "show", "--json"]);
    const { messages, ...summary } = JSON.parse(asJson.stdout);
    expect(summary).toMatchObject({ id, title: "question" });
    expect(messages).toMatchObject([
      { role: "user", status: "complete", blocks: [{ type: "text", text: "question" }] },
      { role: "assistant", status: "complete", provider: "openai", model: "any" },
    ]);
  });

  test("rm removes for good", async () => {
    const { home } = homeWithModel(numbered);
    const one = await askedOnce(home, "-m", "openai/any", "--session", "work", "one");
    const two = await askedOnce(home, "-m", "openai/any", "two");
    const removed = await home.run(["sessions", "rm", "work", "--json"]);
    expectSilentSuccess(removed);
    expect(JSON.parse(removed.stdout)).toEqual({ removed: [one] });
    expect((await list(home)).map(({ id }) => id)).toEqual([two]);
    expect(expectFailure(await home.run(["-m", "openai/any", "-r", one, "x"]), 2)).toContain(
      `no session ${one}`,
    );
  });

  test("rm of several removes all or none", async () => {
    const { home } = homeWithModel(numbered);
    const id = await askedOnce(home, "-m", "openai/any", "one");
    expectFailure(await home.run(["sessions", "rm", id, "gone"]), 2);
    expect((await list(home)).map((session) => session.id)).toEqual([id]);
  });

  test("that differ only later are not told apart by their beginning", async () => {
    const { home } = homeWithModel(numbered);
    const ids = await Promise.all(["one", "two"].map((text) => askedOnce(home, "-m", "openai/any", text)));
    const differsAt = [...(ids[0] ?? "")].findIndex((letter, index) => letter !== ids[1]?.[index]);
    // Ids begin with the time.
    expect(differsAt).toBeGreaterThan(0);
    const result = await home.run(["-m", "openai/any", "-r", ids[0]?.slice(0, differsAt) ?? "", "x"]);
    expect(expectFailure(result, 2)).toContain("several");
  });

  test("are not begun by a run that never asked", async () => {
    const { home } = homeWithModel();
    expectFailure(await home.run(["-m", "openai/hello", "-f", "gone", "x"]), 2);
    expect(existsSync(home.databaseFile)).toBe(false);
    expect(await list(home)).toEqual([]);
  });
});
